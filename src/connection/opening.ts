import { noHooks } from '../internal/hookLists.js'
import { now } from '../internal/clock.js'
import { redact } from './address.js'
import { startAttempt, type Attempt, type AttemptListener } from './attempt.js'
import { closeWithout, timeoutClose } from './closeInfo.js'
import { isOver, move, settle, type Core } from './core.js'
import { abandon, lose, onSocketClose, stopRounds } from './ending.js'
import { createLink, runSteps, type OwnLink } from './link.js'
import { createReconnectLoop } from './reconnectLoop.js'

// From a command or a retry to a connection that is ready:
// restart → begin → (address resolved, gate of the loop) → dial → onOpen → steps of the features → becomeReady.

/** The connection is ready. */
const becomeReady = (core: Core, link: OwnLink): void => {
  const { attempt, deadline, events, hooks, policy, sends, writer } = core
  const { reconnected, socket } = link
  const at = now()
  core.hasOpened = true
  deadline.set(policy.ready(at), policy.held)
  move(core, 'open')
  writer.use(socket)
  // Before the event: what its listeners send goes behind the queue.
  sends.flush()
  events.emit('opened', { url: redact(attempt?.target?.url ?? ''), protocol: socket.protocol, reconnected, at })
  settle(core, 'open')
  for (const { call } of hooks.lists.onReady ?? noHooks) if (core.link === link) call(link)
}

const onOpen = (core: Core, { socket }: Attempt): void => {
  const { hasOpened, hooks, policy, rounds, taskQueue } = core
  if (core.phase === 'closing' || !socket) return
  rounds?.opened()
  const link = createLink(socket, hasOpened, taskQueue, ({ close, problem, delay, wasUnhealthy }) => {
    if (wasUnhealthy) policy.distrust()
    lose(core, close, problem, delay)
  })
  core.link = link
  core.frames.turn(true)
  hooks.run('onSocketOpen', link)
  runSteps([...(hooks.lists.beforeReady ?? noHooks), ...(hooks.lists.resume ?? noHooks)], link, () =>
    becomeReady(core, link),
  )
}

const listenerOf = (core: Core): AttemptListener => ({
  onResolved: () => core.rounds?.openGate(),
  onFailed: (problem) => lose(core, undefined, problem),
  onOpen: (attempt) => onOpen(core, attempt),
  onFrame: core.frames.receive,
  onError: ({ hasOpened }, message = 'the runtime gives no details') =>
    core.events.emit('error', {
      code: hasOpened ? 'connection_error' : 'connection_failed',
      message: __DEV__ ? `The WebSocket reported an error: ${message}.` : '',
    }),
  onClose: (close) => onSocketClose(core, close),
})

/** Starts an attempt: resolves the address, then lets the loop open the socket. */
export const begin = (core: Core): void => {
  const { address, addressing, deadline, events, hooks, lastClose, policy, settings, taskQueue } = core
  const { connectTimeout = 10_000, providerContext, WebSocket } = settings
  const subprotocols = (hooks.lists.offer ?? noHooks).flatMap(({ call }) => call())
  events.forgetCounters()
  const context = { ...providerContext, ...policy.context(), lastClose }
  const attempt = { address, addressing, subprotocols, context, WebSocket }
  core.attempt = startAttempt(attempt, listenerOf(core), taskQueue)
  deadline.set(now() + connectTimeout, () => {
    const message = __DEV__
      ? `Expected the connection to be ready within ${connectTimeout} ms ("connectTimeout"); it was not.`
      : ''
    lose(core, core.attempt?.socket && timeoutClose(), { code: 'connect_timeout', message })
  })
}

/** The loop has passed the gate. An attempt that was given up in between sends it round again. */
const dial = (core: Core): void => {
  const { attempt, events, policy, rounds } = core
  if (!attempt?.target) return rounds?.lost()
  move(core, 'dial')
  events.emit('connecting', { attempt: policy.context().attempt, url: redact(attempt.target.url) })
  attempt.dial()
}

/** Starts the reconnect loop. */
const startRounds = (core: Core): void => {
  stopRounds(core)
  core.rounds = {
    ...createReconnectLoop(() => core.taskQueue.enqueue(() => dial(core))),
    startAt: (time, onStart) =>
      core.deadline.set(time, () => {
        onStart?.()
        begin(core)
      }),
  }
  core.hooks.run('onActive', true)
}

/** Starts over, whatever there is. */
export const restart = (core: Core): void => {
  if (isOver(core) || core.phase === 'closing') core.hasOpened = false
  core.policy.reset()
  const isReplaced = abandon(core, true, false)
  move(core, isReplaced ? 'replace' : 'connect')
  if (isReplaced) {
    core.lastClose = closeWithout('replaced')
    core.events.emit('closed', { ...core.lastClose, next: 'connecting' })
  }
  for (const resolve of core.closing.splice(0)) resolve('closed')
  startRounds(core)
  begin(core)
}
