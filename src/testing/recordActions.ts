import type { Action, Middleware, UnknownAction } from '@reduxjs/toolkit'
import { creatorOf, DEFAULT_NAME } from '../actions/creators.js'
import type { CommandAction, ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { track } from './leftOpen.js'
import { TestLog, toPredicate } from './matching.js'

/** Which actions: a creator of actions, a type, or a predicate. */
export type ActionMatch<Matched extends Action = UnknownAction> =
  | string
  | { readonly type: string; readonly match: (action: Action) => action is Matched }
  | ((action: UnknownAction) => boolean)

/** The actions of a store, in the order in which they reach the reducers. */
export interface ActionRecorder {
  /** Records the actions that reach it. Only needed without a store: `configureStore({ middleware: (d) => d().concat(recorder.middleware) })`. */
  readonly middleware: Middleware
  /** Everything so far, the oldest first. */
  readonly all: readonly UnknownAction[]
  /** The types of everything so far. */
  readonly types: readonly string[]
  /** The matches so far, the oldest first. */
  readonly of: <Matched extends Action = UnknownAction>(match: ActionMatch<Matched>) => Matched[]
  /** The number of matches so far. */
  readonly count: (match: ActionMatch) => number
  /**
   * Resolves with the oldest match that no call has returned yet, as soon as there is one. So none is missed, and none is returned twice.
   * @throws an Error after `nextTimeout`, which names what was waited for and what was recorded instead
   */
  readonly next: <Matched extends Action = UnknownAction>(match: ActionMatch<Matched>) => Promise<Matched>
  /** As `next`, so many times, with one limit for all. */
  readonly nextMany: <Matched extends Action = UnknownAction>(
    count: number,
    match: ActionMatch<Matched>,
  ) => Promise<Matched[]>
  /** Forgets what `next` has not returned, so that only later actions count. */
  readonly skip: () => void
  /** What `next` still waits for and what was recorded instead; `null` when it waits for nothing. */
  readonly pending: () => string | null
}

/** The options of {@link recordActions}. */
export interface ActionRecorderOptions {
  /** How long `next` waits, in milliseconds of real time, also under fake timers; `Infinity` for no limit. @default 4000 */
  readonly nextTimeout?: number
}

/** A store, as far as the recorder needs it. */
export interface StoreToRecord {
  /** Dispatches an action. */
  readonly dispatch: (action: never) => unknown
}

const hasType = (action: unknown): action is UnknownAction =>
  typeof (action as { type?: unknown } | null | undefined)?.type === 'string'

/** Whether a connection is or will be open. */
const isActive = (phase: string): boolean => !['idle', 'closed', 'failed'].includes(phase)

const createRecorder = (
  timeout?: number,
): { readonly log: TestLog<UnknownAction>; readonly recorder: ActionRecorder } => {
  const log = new TestLog<UnknownAction>('recorder.next', timeout)
  const of = (match: ActionMatch<never>, caller = 'recorder.of'): UnknownAction[] =>
    log.all.filter(toPredicate(match, caller))
  const recorder = {
    middleware: () => (next: (action: unknown) => unknown) => (action: unknown) => {
      if (hasType(action)) log.add(action)
      return next(action)
    },
    all: log.all,
    get types() {
      return log.all.map(({ type }) => type)
    },
    of: (match: ActionMatch<never>) => of(match),
    count: (match: ActionMatch<never>) => of(match, 'recorder.count').length,
    next: (match: ActionMatch<never>) => log.next(match),
    nextMany: (count: number, match: ActionMatch<never>) => log.nextMany(count, match),
    skip: () => log.skip(),
    pending: () => log.pending(),
  }
  return { log, recorder: recorder as ActionRecorder }
}

/** The part of a connection that reports its actions: one for each connection, however many recorders there are. */
const logsOf = ({ hooks }: ConnectionContext): Set<TestLog<UnknownAction>> => {
  const logs = new Set<TestLog<UnknownAction>>()
  hooks.attach(order.store, {
    onPass: (action) => {
      if (hasType(action)) for (const log of logs) log.add(action)
    },
  })
  return logs
}

/** The command that attaches a recorder. It carries its code, so that no app contains it. */
const attach = (context: ConnectionContext, { payload }: CommandAction): ConnectionContext => {
  context.part(logsOf).add(payload as TestLog<UnknownAction>)
  return context
}

const findContext = (store: StoreToRecord, name: string, log: TestLog<UnknownAction>): ConnectionContext => {
  if (!__DEV__) {
    throw new Error("recordActions(store) needs the development build of reduplex: expected NODE_ENV 'test'.")
  }
  const command = creatorOf(name, 'record', () => log, attach)()
  const context = store.dispatch(command as never) as Partial<ConnectionContext>
  if (!context.connection) {
    throw new Error(
      `recordActions: expected a store with a socket middleware for the connection "${name}", got none. Give the name of another connection as the second argument.`,
    )
  }
  return context as ConnectionContext
}

/**
 * Records the actions of a store that has a socket middleware: what the connection dispatches, and what the app dispatches. Without a store, add
 * `recorder.middleware` as the last middleware of the store. See docs/testing.md#the-recorder.
 * @param name a connection of the store @default 'default'
 * @throws an Error for a store without that connection
 * @example
 * const recorder = recordActions(store)
 * await recorder.next(socketOpened)
 */
export const recordActions = (
  store?: StoreToRecord,
  name: string = DEFAULT_NAME,
  { nextTimeout }: ActionRecorderOptions = {},
): ActionRecorder => {
  const { log, recorder } = createRecorder(nextTimeout)
  const context = store && findContext(store, name, log)
  const phase = () => context?.connection.phase() ?? 'idle'
  track(
    () => (isActive(phase()) ? [`the connection "${name}" of a store (${phase()})`] : []),
    undefined,
    isActive(phase()),
  )
  track(() => {
    const waits = log.pending()
    return waits === null ? [] : [`recorder.next: ${waits}`]
  })
  return recorder
}
