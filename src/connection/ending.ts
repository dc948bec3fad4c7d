import { noHooks } from '../internal/hookLists.js'
import { now } from '../internal/clock.js'
import type { Problem } from '../internal/errors.js'
import { hasProvider } from './address.js'
import { CLOSING, OPEN } from './attempt.js'
import { closeWithout, timeoutClose } from './closeInfo.js'
import { move, settle, type Core } from './core.js'
import { isFatal, type Decision } from './reconnectPolicy.js'
import type { CloseInfo } from './types.js'

// How attempts, sockets and connections end: by a loss, by a command, or by another address.

const lifecycleEvents = { closed: 'end', failed: 'fail', reconnecting: 'lost' } as const

/** A time for the store: JSON has no `Infinity`. */
const toJsonTime = (ms: number): number | null => (ms === Infinity ? null : ms)

/** Ends the link: nothing more is read from the socket or written to it. */
export const endLink = (core: Core): void => {
  core.link?.end()
  core.link = undefined
  core.writer.use()
  core.frames.turn(false)
  core.hooks.run('onLinkEnd')
}

/** Ends the reconnect loop. */
export const stopRounds = (core: Core): void => {
  core.rounds?.stop()
  core.rounds = undefined
  core.hooks.run('onActive', false)
}

/** Gives the attempt up; nothing it still does has an effect. Returns whether it had a socket. */
export const abandon = (core: Core, withCloseFrame: boolean, isConfirmed: boolean): boolean => {
  const { attempt } = core
  core.attempt = core.pendingClose = undefined
  core.deadline.clear()
  endLink(core)
  core.frames.forget()
  attempt?.abandon(withCloseFrame)
  core.events.forgetCounters()
  core.hooks.run('onLost', isConfirmed)
  return attempt?.socket !== undefined
}

const waitForRetry = (core: Core, delay: number): void => {
  const { deadline, events, hooks, policy, rounds } = core
  core.plannedAt = now() + delay
  rounds?.startAt(hooks.some('holdsRetry') ? Infinity : core.plannedAt)
  rounds?.lost()
  events.emit('reconnecting', {
    attempt: policy.context().attempt,
    delay: toJsonTime(delay),
    retryAt: toJsonTime(deadline.dueAt()),
  })
}

/** Ends the attempt as decided. State changes before events are told. */
export const apply = (core: Core, decision: Decision, close?: CloseInfo, problem?: Problem): void => {
  const { next } = decision
  const { emit } = core.events
  abandon(core, false, close?.wasClean === true && close.code === core.sentCloseCode)
  // A close during a wait says nothing about the network: keep what was known.
  if (close && !(next === 'closed' && close.cause === 'abandoned' && core.lastClose)) core.lastClose = close
  move(core, lifecycleEvents[next])
  if (problem) emit('error', problem)
  if (close) emit('closed', { ...close, next })
  if (decision.next === 'reconnecting') waitForRetry(core, decision.delay)
  else {
    stopRounds(core)
    if (decision.next === 'failed') emit('failed', decision.problem)
    if (!core.hooks.some('isAsleep')) core.sends.clear('closed')
  }
  settle(core, next)
}

/** The attempt failed or its socket is gone: the policy decides. */
export const lose = (core: Core, close?: CloseInfo, problem?: Problem, delay?: number): void => {
  const { address, attempt, hooks, policy } = core
  const isProvided = hasProvider(address)
  if (problem && isFatal(problem, isProvided)) return apply(core, { next: 'failed', problem }, close)
  const lost = { close: close ?? closeWithout('abandoned'), opened: attempt?.hasOpened ?? false }
  apply(core, policy.lost(lost, isProvided || (hooks.lists.beforeReady ?? noHooks).length > 0, delay), close, problem)
}

/** The end that a command asked for. */
export const end = (core: Core, close: CloseInfo): void => apply(core, { next: 'closed' }, close)

/** Starts the closing handshake (RFC 6455 section 7.1.2); ends the connection at once where there is no socket to close. */
export const closeSocket = (core: Core, code: number, reason: string): void => {
  const { attempt, deadline, pendingClose, settings } = core
  const { closeTimeout = 2_000 } = settings
  const socket = attempt?.socket
  move(core, 'close')
  stopRounds(core)
  endLink(core)
  // A socket that the peer has begun to close does not answer our code.
  core.sentCloseCode = socket?.readyState === OPEN ? code : 0
  if (socket?.readyState !== OPEN && socket?.readyState !== CLOSING)
    return end(core, pendingClose ?? closeWithout('abandoned'))
  deadline.set(now() + closeTimeout, () => end(core, timeoutClose()))
  settle(core, 'closed')
  try {
    socket.close(code, reason)
  } catch {
    end(core, closeWithout('abandoned'))
  }
}

/** The socket has closed. Its close waits for the frames before it that are still being decoded, at most `closeTimeout`. */
export const onSocketClose = (core: Core, close: CloseInfo): void => {
  const { attempt, deadline, frames, settings, taskQueue } = core
  const { closeTimeout = 2_000 } = settings
  const tell = () => {
    if (core.attempt !== attempt) return
    if (core.phase === 'closing') end(core, close)
    else lose(core, close)
  }
  const pending = frames.pending()
  if (!pending) return tell()
  core.pendingClose = close
  endLink(core)
  deadline.set(now() + closeTimeout, tell)
  void pending.then(() => taskQueue.enqueue(tell))
}
