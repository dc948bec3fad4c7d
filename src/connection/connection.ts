import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { compareAddresses, nextAddress } from './address.js'
import { closeWithout } from './closeInfo.js'
import { createCore, isOver, isWaiting, move, settle, type ConnectionSettings, type Core } from './core.js'
import { applyDecision, finishClose, startClose } from './ending.js'
import type { Events } from './events.js'
import type { ConnectionHooks } from './hooks.js'
import type { Phase } from './lifecycle.js'
import { beginAttempt, restart } from './opening.js'
import type { Outgoing, SendQueue } from './sendQueue.js'
import type { Address, ConnectOutcome, SendResult } from './types.js'
import type { UnconfirmedSends } from './writer.js'

/** One connection. */
export interface Connection {
  /** What the connection is doing. The entry in the store says the same. */
  readonly phase: () => Phase
  /** Emits the events of the connection. */
  readonly events: Events
  /** `undefined` without a queue feature. */
  readonly queue: SendQueue | undefined
  /** What was passed to the socket, and how much of it has arrived. */
  readonly sends: UnconfirmedSends
  /** Connects, or joins what is under way. Resolves after the first attempt; never rejects. */
  readonly connect: (given?: Address, keepQueue?: boolean) => Promise<ConnectOutcome>
  /** Gives the socket up and connects again; ends a wait for a retry. */
  readonly reconnect: () => Promise<ConnectOutcome>
  /** Closes and drops the queue. `isIdle` keeps the queue: the connection is opened again at the next use. */
  readonly close: (code: number, reason: string, isIdle?: boolean) => Promise<'closed'>
  /** Lets a frame wait in the queue, or drops it. For a frame that `trySend` did not pass on. */
  readonly send: (outgoing: Outgoing) => SendResult
  /** Passes a frame to the socket, unless the connection is not open, or sends wait. `undefined` when it did not: then call `send`. */
  readonly trySend: (id: string, frame: Frame) => SendResult | undefined
  /** Opens a connection that is asleep. Returns whether it was. */
  readonly use: () => boolean
  /** Passes a frame that a hook held back to the hooks `receive`. */
  readonly deliver: (frame: ReceivedFrame) => void
  /** The retry that comes next. */
  readonly retry: {
    /** Whether the connection waits for a retry. */
    readonly isWaiting: () => boolean
    /** When the retry is due, and when the policy alone planned it. */
    readonly dueAt: () => readonly [dueAt: number, plannedAt: number]
    /** Starts the retry at `time` (milliseconds since the epoch); `onStart` is called right before it. */
    readonly moveTo: (time: number, onStart?: () => void) => void
  }
  /** Gives the socket up and waits for `retry.moveTo`. No retry is counted. */
  readonly suspend: () => void
  /** Closes at once and for good. */
  readonly dispose: () => void
}

const connect = (core: Core, given: Address, keepQueue?: boolean): Promise<ConnectOutcome> =>
  new Promise((resolve) => {
    const { address, currentPhase: phase, sendQueue: queue, connectionSettings: settings } = core
    const next = nextAddress(settings.address, address, given)
    const { isMoved, isElsewhere } = compareAddresses(address, next)
    // What waits is for the place that it was sent to.
    if (isElsewhere && !keepQueue && phase !== 'idle') queue?.clear('replaced')
    core.address = next
    if (phase === 'open' && !isMoved) return resolve('open')
    core.pendingConnects.push(resolve)
    if (isMoved || phase === 'closing' || isOver(core)) restart(core)
    else if (!core.currentAttempt) beginAttempt(core)
  })

const reconnect = (core: Core): Promise<ConnectOutcome> =>
  new Promise((resolve) => {
    core.pendingConnects.push(resolve)
    if (isWaiting(core)) beginAttempt(core)
    else restart(core)
  })

const close = (core: Core, code: number, reason: string, isIdle?: boolean): Promise<'closed'> =>
  new Promise((resolve) => {
    core.pendingCloses.push(resolve)
    if (!isIdle) {
      core.hooks.run('onClosing')
      core.sendQueue?.clear('closed')
    }
    if (isOver(core)) {
      move(core, 'close')
      settle(core, 'closed')
    } else if (core.currentPhase !== 'closing') startClose(core, code, reason)
  })

const trySend = (core: Core, id: string, frame: Frame): SendResult | undefined => {
  const sent = core.currentPhase === 'open' ? (core.sendQueue ?? core.writer).write(id, frame) : undefined
  if (sent) core.hooks.run('onUse')
  return sent
}

const send = (core: Core, outgoing: Outgoing): SendResult => {
  const { events, hooks, currentPhase: phase, sendQueue: queue } = core
  const isClosed = /^(closing|closed|failed)$/.test(phase)
  const { id } = outgoing
  const result =
    isClosed && !hooks.some('isAsleep')
      ? events.refuse('closed', id)
      : (queue?.send(outgoing) ?? events.refuse('offline', id))
  hooks.run('onUse')
  return result
}

const dispose = (core: Core): void => {
  core.hooks.run('onClosing')
  core.sendQueue?.clear('closed')
  if (!isOver(core)) {
    move(core, 'close')
    finishClose(core, closeWithout('abandoned'))
  }
  // After the drops.
  core.taskQueue.enqueue(core.events.flushNoted)
}

/** Creates one connection. It knows nothing of Redux: events leave through the hooks `onEvent`, frames through `receive`. */
export const createConnection = (
  settings: ConnectionSettings,
  hooks: HookLists<ConnectionHooks>,
  taskQueue: TaskQueue,
): Connection => {
  const core = createCore(settings, hooks, taskQueue)
  return {
    queue: core.sendQueue,
    sends: core.writer.sends,
    events: core.events,
    phase: () => core.currentPhase,
    connect: (given = {}, keepQueue) => connect(core, given, keepQueue),
    reconnect: () => reconnect(core),
    close: (code, reason, isIdle) => close(core, code, reason, isIdle),
    send: (outgoing) => send(core, outgoing),
    trySend: (id, frame) => trySend(core, id, frame),
    deliver: (frame) => hooks.run('receive', frame),
    use: () => {
      const isAsleep = hooks.some('isAsleep')
      hooks.run('onUse')
      return isAsleep
    },
    retry: {
      isWaiting: () => isWaiting(core),
      dueAt: () => [core.nextDeadline.dueAt(), core.plannedAt],
      moveTo: (time, onStart) => core.retryLoop?.startAt(time, onStart),
    },
    suspend: () => {
      const { currentAttempt: attempt, currentPhase: phase } = core
      if (attempt && phase !== 'closing')
        applyDecision(core, core.reconnectPolicy.onSuspend(), attempt.socket && closeWithout('abandoned'))
    },
    dispose: () => dispose(core),
  }
}
