import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { plainAddressing, type Addressing } from './address.js'
import type { Attempt } from './attempt.js'
import { createDeadline } from './deadline.js'
import { createEvents, type Events } from './events.js'
import { createFrames } from './frames.js'
import type { ConnectionHooks } from './hooks.js'
import { transition, type LifecycleEvent, type Phase } from './lifecycle.js'
import type { OwnLink } from './link.js'
import type { ReconnectLoop } from './reconnectLoop.js'
import { createReconnectPolicy } from './reconnectPolicy.js'
import { createDirectSends, createWriter, type Sends, type Writer } from './sends.js'
import type { ConnectionSettings } from './settings.js'
import type { Address, CloseInfo, ConnectOutcome } from './types.js'

/** The reconnect loop, and its wait for the next round. */
export interface Rounds extends ReconnectLoop {
  /** Starts an attempt at `time` (milliseconds since the epoch); `onStart` is called right before it. */
  readonly startAt: (time: number, onStart?: () => void) => void
}

/** The parts of one connection, which stay, and its state, which only `opening.ts`, `ending.ts` and `connection.ts` change. */
export interface Core {
  readonly settings: ConnectionSettings
  readonly hooks: HookLists<ConnectionHooks>
  readonly taskQueue: TaskQueue
  readonly addressing: Addressing
  readonly events: Events
  readonly writer: Writer
  readonly sends: Sends
  readonly policy: ReturnType<typeof createReconnectPolicy>
  readonly deadline: ReturnType<typeof createDeadline>
  readonly frames: ReturnType<typeof createFrames>
  /** Commands that wait for an outcome. */
  readonly connecting: ((outcome: ConnectOutcome) => void)[]
  readonly closing: ((outcome: 'closed') => void)[]

  phase: Phase
  address: Address
  attempt: Attempt | undefined
  link: OwnLink | undefined
  /** Runs from a connect until the connection is closed or has failed. */
  rounds: Rounds | undefined
  hasOpened: boolean
  lastClose: CloseInfo | null
  /** When the retry is due by the policy alone. */
  plannedAt: number
  /** The code of the close frame that was sent; 0 before. */
  sentCloseCode: number
  /** How the socket ended, while frames before that are still being decoded. */
  pendingClose: CloseInfo | undefined
}

/** Creates the parts in the order of their dependencies, and the state of a connection that has done nothing. */
export const createCore = (
  settings: ConnectionSettings,
  hooks: HookLists<ConnectionHooks>,
  taskQueue: TaskQueue,
): Core => {
  const { addressing = plainAddressing, createSends = createDirectSends } = settings
  const events = createEvents(hooks, taskQueue)
  const writer = createWriter(hooks, events)
  return {
    settings,
    hooks,
    taskQueue,
    addressing,
    events,
    writer,
    sends: createSends({ writer, events, hooks, taskQueue }),
    policy: createReconnectPolicy(settings.reconnect),
    deadline: createDeadline(taskQueue),
    frames: createFrames(hooks),
    connecting: [],
    closing: [],
    phase: 'idle',
    address: settings.address,
    attempt: undefined,
    link: undefined,
    rounds: undefined,
    hasOpened: false,
    lastClose: null,
    plannedAt: Infinity,
    sentCloseCode: 0,
    pendingClose: undefined,
  }
}

/** Moves to the phase after `event`. */
export const move = (core: Core, event: LifecycleEvent): void => {
  core.phase = transition(core.phase, event)
}

/** Whether nothing happens until the next connect. */
export const isOver = ({ phase }: Core): boolean => phase === 'idle' || phase === 'closed' || phase === 'failed'

/** Whether the connection waits for a retry. */
export const isWaiting = ({ phase, attempt }: Core): boolean => phase === 'reconnecting' && !attempt

/** Answers the commands that wait. A close under way is answered when it has ended. */
export const settle = ({ connecting, closing, phase }: Core, outcome: ConnectOutcome): void => {
  for (const resolve of connecting.splice(0)) resolve(outcome)
  if (phase !== 'closing') for (const resolve of closing.splice(0)) resolve('closed')
}
