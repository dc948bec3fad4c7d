import { now } from '../internal/clock.js'
import type { SerializedSocketError } from '../internal/errors.js'
import { hasFactory } from './address.js'
import { CLOSING, OPEN } from './attempt.js'
import { closeWithout, timeoutClose } from './closeInfo.js'
import { move, settle, type Core } from './core.js'
import { isFatal, type Decision } from './reconnectPolicy.js'
import type { CloseInfo } from './types.js'

// How attempts, sockets and connections end: by a loss, by a command, or by another address.

/** A time for the store: JSON has no `Infinity`. */
const toJsonTime = (ms: number): number | null => (ms === Infinity ? null : ms)

/** Ends the link: nothing more is received from the socket or sent to it. */
const endLink = (core: Core): void => {
  core.currentLink?.end()
  core.currentLink = undefined
  core.writer.use()
  core.hooks.run('onLinkEnd')
}

/** Ends the reconnect loop. */
export const stopLoop = (core: Core): void => {
  core.retryLoop?.stop()
  core.retryLoop = undefined
  core.hooks.run('onActive', false)
}

/** Gives the attempt up; nothing that it still does has an effect. Returns whether it had a socket. */
export const abandonAttempt = (core: Core, withCloseFrame: boolean, isConfirmed: boolean): boolean => {
  const {
    currentAttempt: attempt,
    writer: { sends },
  } = core
  core.currentAttempt = core.pendingClose = undefined
  core.nextDeadline.clear()
  endLink(core)
  attempt?.abandon(withCloseFrame)
  // Before the socket's end is reported: the values belong to it.
  core.events.flushNoted()
  const count = isConfirmed ? 0 : sends.sent - sends.confirmed
  // A ring: the oldest id is the one that the next send would replace.
  const ids = sends.ids.map((_id, n, ring) => ring[(n + sends.sent) % ring.length]!)
  core.events.drop('indeterminate', ids.slice(-count), count)
  sends.sent = sends.cursor = sends.confirmed = 0
  core.hooks.run('onLost', isConfirmed)
  return !!attempt?.socket
}

const waitForRetry = (core: Core, delay: number): void => {
  const { nextDeadline: deadline, events, hooks, retryLoop: loop, reconnectPolicy: policy } = core
  const at = now()
  core.plannedAt = at + delay
  loop?.startAt(hooks.some('holdsRetry') ? Infinity : core.plannedAt)
  loop?.onLost()
  events.emit('reconnecting', {
    attempt: policy.context().attempt,
    delay: toJsonTime(delay),
    retryAt: toJsonTime(deadline.dueAt()),
    at,
  })
}

/** Ends the attempt as decided. The state changes before events are emitted. */
export const applyDecision = (
  core: Core,
  decision: Decision,
  close?: CloseInfo,
  problem?: SerializedSocketError,
): void => {
  const { next } = decision
  const { emit } = core.events
  const [code, reason] = core.sentClose
  // An answer repeats the code, and the reason or none. Another reason is that of a close of the peer's own, which crossed ours.
  abandonAttempt(core, false, close?.code === code && (!close.reason || close.reason === reason))
  // A close during a wait says nothing about the network: keep what was known.
  if (close && !(next === 'closed' && close.cause === 'abandoned' && core.lastClose)) core.lastClose = close
  move(core, next)
  if (problem) emit('error', problem)
  if (close) emit('closed', { ...close, next })
  if (decision.next === 'reconnecting') waitForRetry(core, decision.delay)
  else {
    stopLoop(core)
    if (decision.next === 'failed') emit('failed', decision.problem)
    if (!core.hooks.some('isAsleep')) core.sendQueue?.clear('closed')
  }
  settle(core, next)
}

/** The attempt failed or its socket is gone: the policy decides what follows. */
export const onConnectionLost = (
  core: Core,
  close?: CloseInfo,
  problem?: SerializedSocketError,
  delay?: number,
): void => {
  const isFactory = hasFactory(core.address)
  if (problem && isFatal(problem, isFactory)) return applyDecision(core, { next: 'failed', problem }, close)
  const lost = { close: close ?? closeWithout('abandoned'), opened: !!core.currentAttempt?.hasOpened }
  const hasCredentials = isFactory || core.hooks.list('beforeReady').length > 0
  applyDecision(core, core.reconnectPolicy.onLost(lost, hasCredentials, delay), close, problem)
}

/** The end that a command asked for. */
export const finishClose = (core: Core, close: CloseInfo): void => applyDecision(core, { next: 'closed' }, close)

/** Starts the closing handshake (RFC 6455 section 7.1.2). Ends the connection at once where there is no socket to close. */
export const startClose = (core: Core, code: number, reason: string): void => {
  const { currentAttempt: attempt, pendingClose, connectionSettings: settings } = core
  const socket = attempt?.socket
  move(core, 'close')
  stopLoop(core)
  endLink(core)
  // A socket that the peer has started to close does not answer our code.
  const readyState = socket?.readyState
  core.sentClose = [readyState === OPEN ? code : 0, reason]
  try {
    if (socket && (readyState === OPEN || readyState === CLOSING)) {
      core.nextDeadline.set(now() + settings.closeTimeout, () => finishClose(core, timeoutClose()))
      settle(core, 'closed')
      return socket.close(code, reason)
    }
  } catch {
    // A socket that cannot be closed is given up.
  }
  finishClose(core, pendingClose ?? closeWithout('abandoned'))
}

/** The socket has closed. Frames that came before and are still being decoded delay the end by `closeTimeout` at most. */
export const onSocketClose = (core: Core, close: CloseInfo): void => {
  const { currentAttempt: attempt, hooks, connectionSettings: settings, taskQueue } = core
  const end = () => {
    if (core.currentAttempt !== attempt) return
    if (core.currentPhase === 'closing') finishClose(core, close)
    else onConnectionLost(core, close)
  }
  const decoding = hooks.list('decoding').flatMap((promiseOf) => promiseOf() ?? [])
  if (!decoding.length) return end()
  core.pendingClose = close
  endLink(core)
  // The socket takes and gives nothing more. How it ended is reported after what it had brought.
  move(core, 'reconnecting')
  core.events.emit('changed', { status: core.currentPhase, openedAt: null })
  core.nextDeadline.set(now() + settings.closeTimeout, end)
  void Promise.all(decoding).then(() => taskQueue.enqueue(end))
}
