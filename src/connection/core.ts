import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { JoinUrl } from './address.js'
import type { Attempt } from './attempt.js'
import { createDeadline, type Deadline } from './deadline.js'
import { createEvents, type Events } from './events.js'
import type { ConnectionHooks } from './hooks.js'
import { transition, type LifecycleEvent, type Phase } from './lifecycle.js'
import type { OwnedLink } from './link.js'
import type { ReconnectLoop } from './reconnectLoop.js'
import { createReconnectPolicy, type ReconnectPolicy, type ReconnectSettings } from './reconnectPolicy.js'
import type { SendQueue } from './sendQueue.js'
import type { Address, AttemptContext, CloseInfo, ConnectOutcome, WebSocketClass } from './types.js'
import { createWriter, type QueueContext, type Writer } from './writer.js'

/** The settings of one connection. Features replace the optional ones. */
export interface ConnectionSettings {
  /** What to connect to until a connect gives another address. */
  readonly address: Address
  /** Returns the class to connect with. Throws `no_websocket` when the runtime has no class. */
  readonly findClass: () => WebSocketClass
  /** Adds what the functions of an address are given beside the attempt. */
  readonly createContext: (attempt: AttemptContext) => AttemptContext
  /** How the connection reconnects. */
  readonly reconnect: ReconnectSettings
  /** In milliseconds. */
  readonly connectTimeout: number
  /** In milliseconds. */
  readonly closeTimeout: number
  /** @default none: an address is a url and protocols */
  readonly joinUrl?: JoinUrl | undefined
  /** Whether `sharedSessionFeature` takes part. */
  readonly sharedSession?: boolean
  /** @default none: a send that cannot go out at once is dropped */
  readonly createQueue?: ((context: QueueContext) => SendQueue) | undefined
}

/** The reconnect loop, and the start of its next round. */
export interface RetryLoop extends ReconnectLoop {
  /** Starts an attempt at `time` (milliseconds since the epoch). `onStart` is called right before it. */
  readonly startAt: (time: number, onStart?: () => void) => void
}

/** The parts of one connection and its state, which only `connection.ts`, `opening.ts` and `ending.ts` change. */
export interface Core {
  readonly connectionSettings: ConnectionSettings
  readonly hooks: HookLists<ConnectionHooks>
  readonly taskQueue: TaskQueue
  readonly events: Events
  readonly writer: Writer
  readonly sendQueue: SendQueue | undefined
  readonly reconnectPolicy: ReconnectPolicy
  readonly nextDeadline: Deadline
  /** Commands that wait for the outcome of a connect. */
  readonly pendingConnects: ((outcome: ConnectOutcome) => void)[]
  /** Commands that wait for the end of a close. */
  readonly pendingCloses: ((outcome: 'closed') => void)[]

  currentPhase: Phase
  address: Address
  /** The attempt under way, or the one that led to the open socket. */
  currentAttempt?: Attempt | undefined
  /** The open socket. */
  currentLink?: OwnedLink | undefined
  /** Runs from a connect until the connection is closed or has failed. */
  retryLoop?: RetryLoop | undefined
  /** Whether the connection was open since the last connect or close. */
  hasOpened: boolean
  lastClose: CloseInfo | null
  /** When the retry is due by the policy alone. */
  plannedAt: number
  /** The code of the close frame that was sent, 0 before; and its reason. */
  sentClose: readonly [code: number, reason: string]
  /** How the socket ended, while frames that came before are still being decoded. */
  pendingClose?: CloseInfo | undefined
}

/** Creates the parts in the order of their dependencies, and the state of a connection that has done nothing. */
export const createCore = (
  settings: ConnectionSettings,
  hooks: HookLists<ConnectionHooks>,
  taskQueue: TaskQueue,
): Core => {
  const events = createEvents(hooks, taskQueue)
  const writer = createWriter(hooks, events)
  return {
    connectionSettings: settings,
    hooks: hooks,
    taskQueue,
    events: events,
    writer: writer,
    sendQueue: settings.createQueue?.({ writer, events, hooks, taskQueue }),
    reconnectPolicy: createReconnectPolicy(settings.reconnect),
    nextDeadline: createDeadline(taskQueue),
    pendingConnects: [],
    pendingCloses: [],
    currentPhase: 'idle',
    address: settings.address,
    hasOpened: false,
    lastClose: null,
    plannedAt: Infinity,
    sentClose: [0, ''],
  }
}

/** Moves to the phase after `event`. */
export const move = (core: Core, event: LifecycleEvent): void => {
  core.currentPhase = transition(core.currentPhase, event)
}

/** Whether nothing happens until the next connect. */
export const isOver = ({ currentPhase: phase }: Core): boolean => /^(idle|closed|failed)$/.test(phase)

/** Whether the connection waits for a retry. */
export const isWaiting = ({ currentPhase: phase, currentAttempt: attempt }: Core): boolean =>
  phase === 'reconnecting' && !attempt

/** Resolves commands that wait. */
export const resolveAll = <Outcome>(waiting: ((outcome: Outcome) => void)[], outcome: Outcome): void => {
  for (const resolve of waiting.splice(0)) resolve(outcome)
}

/** Resolves the commands that wait. A close under way is resolved when it has ended. */
export const settle = (
  { pendingConnects: connecting, pendingCloses: closing, currentPhase: phase }: Core,
  outcome: ConnectOutcome,
): void => {
  resolveAll(connecting, outcome)
  if (phase !== 'closing') resolveAll(closing, 'closed')
}
