import { now } from '../internal/clock.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import { detailsOf } from '../internal/errors.js'
import { hasFactory, redact, resolveAddress } from './address.js'
import {
  attemptProblem,
  createAttempt,
  createSocket,
  whileCurrent,
  type Attempt,
  type SocketErrorEvent,
  type SocketListeners,
} from './attempt.js'
import { closeWithout, timeoutClose } from './closeInfo.js'
import { isOver, isWaiting, move, resolveAll, settle, type Core } from './core.js'
import { abandonAttempt, onConnectionLost, onSocketClose, stopLoop } from './ending.js'
import { createLink, runSteps, type OwnedLink } from './link.js'
import { createReconnectLoop } from './reconnectLoop.js'

// From a command or a retry to a connection that is ready:
// restart → beginAttempt → (address resolved, gate of the loop) → connectSocket → onOpen → steps of the features → becomeReady.

/** The connection is ready. */
const becomeReady = (core: Core, link: OwnedLink): void => {
  const { events, reconnectPolicy: policy } = core
  const { reconnected, socket } = link
  const at = now()
  core.hasOpened = true
  core.nextDeadline.set(policy.onReady(at), policy.onUptime)
  move(core, 'open')
  core.writer.use(socket)
  // Before the event: what its listeners send goes behind the queue.
  core.sendQueue?.flush()
  events.emit('opened', { url: redact(core.currentAttempt!.target!.url), protocol: socket.protocol, reconnected, at })
  settle(core, 'open')
  for (const onReady of core.hooks.list('onReady')) if (core.currentLink === link) onReady(link)
}

const onOpen = (core: Core, { socket }: Attempt): void => {
  const { hooks } = core
  if (core.currentPhase === 'closing') return
  core.retryLoop?.onOpen()
  const link = createLink(socket!, core.hasOpened, core.taskQueue, ({ close, problem, delay, wasUnhealthy }) => {
    if (wasUnhealthy) core.reconnectPolicy.forgetUptime()
    onConnectionLost(core, close, problem, delay)
  })
  core.currentLink = link
  hooks.run('onSocketOpen', link)
  runSteps([...hooks.list('beforeReady'), ...hooks.list('resume')], link, () => becomeReady(core, link))
}

/** Frames before the socket is open, or after its link has ended, are ignored. */
const onFrame = ({ currentLink: link, hooks, writer: { sends } }: Core, frame: ReceivedFrame): void => {
  if (!link) return
  sends.cursor = sends.sent
  if (!hooks.some('onFrame', frame)) hooks.run('receive', frame)
}

/** What an `error` event says, in development. */
const errorSentence = ({ hasOpened, target }: Attempt, { message, error }: SocketErrorEvent): string =>
  `${hasOpened ? 'The WebSocket reported an error' : `Connecting to ${redact(target!.url)} failed`}: ${detailsOf(message || error)}.`

const listenersOf = (core: Core, attempt: Attempt): SocketListeners => {
  // React Native gives no `wasClean`.
  const close: SocketListeners['close'] = ({ code, reason, wasClean }) =>
    onSocketClose(core, { code, reason, wasClean: !!wasClean, at: now() })
  return {
    open: () => {
      attempt.hasOpened = true
      onOpen(core, attempt)
    },
    message: ({ data }) => onFrame(core, data),
    error: (event) => {
      // The WebSocket of Node 22 (undici 6) emits no `close` after a failed attempt, and its `readyState` stays 0. Others emit it in the same task.
      if (!attempt.hasOpened) core.nextDeadline.set(0, () => close({ code: 1006, reason: '' }))
      core.events.emit('error', {
        code: attempt.hasOpened ? 'connection_error' : 'connection_failed',
        message: __DEV__ ? errorSentence(attempt, event) : '',
      })
    },
    close,
  }
}

/** Why an attempt took too long, in development. */
const timeoutSentence = ({ sendQueue: queue, connectionSettings: settings }: Core, { hasOpened }: Attempt): string => {
  const waits =
    hasOpened && queue?.entries.size
      ? ' The handshake was not done, and the queue waits for it: a handshake that awaits the reply to a request must dispatch it with its own "dispatch".'
      : ''
  return `The connection was not ready within ${settings.connectTimeout} ms ("connectTimeout").${waits}`
}

/** Starts an attempt: resolves the address, then lets the loop open the socket. */
export const beginAttempt = (core: Core): void => {
  const { address, hooks, lastClose, connectionSettings: settings } = core
  const attempt = createAttempt()
  const offered = hooks.list('offer').flatMap((offer) => offer())
  const context = settings.createContext({ ...core.reconnectPolicy.context(), lastClose, signal: attempt.signal })
  core.events.flushNoted()
  // Nothing is due while a function of the address is asked.
  if (isWaiting(core) && hasFactory(address)) core.events.note({ retryAt: null })
  core.currentAttempt = attempt
  core.nextDeadline.set(now() + settings.connectTimeout, () => {
    const message = __DEV__ ? timeoutSentence(core, attempt) : ''
    onConnectionLost(core, attempt.socket && timeoutClose(), { code: 'connect_timeout', message })
  })
  void resolveAddress(address, context, offered, settings.joinUrl).then(
    whileCurrent(attempt, core.taskQueue, (target) => {
      attempt.target = target
      core.retryLoop?.openGate()
    }),
    whileCurrent(attempt, core.taskQueue, (error) => onConnectionLost(core, undefined, attemptProblem(error))),
  )
}

/** The loop has passed the gate. For an attempt that was abandoned meanwhile, the loop goes another round. */
const connectSocket = (core: Core): void => {
  const { currentAttempt: attempt } = core
  if (!attempt?.target) return core.retryLoop?.onLost()
  move(core, 'attempt')
  core.events.emit('connecting', { attempt: core.reconnectPolicy.context().attempt, url: redact(attempt.target.url) })
  try {
    createSocket(attempt, core.connectionSettings.findClass(), listenersOf(core, attempt), core.taskQueue)
  } catch (error) {
    onConnectionLost(core, undefined, attemptProblem(error))
  }
}

const startLoop = (core: Core): void => {
  stopLoop(core)
  core.retryLoop = {
    ...createReconnectLoop(() => core.taskQueue.enqueue(() => connectSocket(core))),
    startAt: (time, onStart) =>
      core.nextDeadline.set(
        time,
        () => {
          onStart?.()
          beginAttempt(core)
        },
        (retryAt) => core.events.note({ retryAt }),
      ),
  }
  core.hooks.run('onActive', true)
}

/** Starts over, whatever there is. */
export const restart = (core: Core): void => {
  if (isOver(core) || core.currentPhase === 'closing') core.hasOpened = false
  core.reconnectPolicy.reset()
  const isReplaced = abandonAttempt(core, true, false)
  move(core, isReplaced ? 'connecting' : 'connect')
  if (isReplaced) {
    core.lastClose = closeWithout('replaced')
    core.events.emit('closed', { ...core.lastClose, next: 'connecting' })
  }
  resolveAll(core.pendingCloses, 'closed')
  startLoop(core)
  beginAttempt(core)
}
