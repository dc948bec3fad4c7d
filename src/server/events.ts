import { codedError, show } from '../internal/errors.js'
import type { Report } from './problems.js'
import { createGuardFor, createReport, type GuardFor, type ReportOperations } from './report.js'
import type { ServerEvents } from './SocketServer.js'
import type { SocketServerOptions } from './options.js'

type EventName = keyof ServerEvents
type Listener<Name extends EventName> = (...args: ServerEvents[Name]) => unknown

/** The events of a server. Problems are among them: `report` emits `error`. */
export interface ServerEventEmitter {
  /** Adds a listener; the function returned removes it. The same function may be added twice. @throws `invalid_option` */
  readonly on: <Name extends EventName>(name: Name, listener: Listener<Name>) => () => void
  /** Calls all listeners. What one throws is reported; the others are called all the same. */
  readonly emit: <Name extends Exclude<EventName, 'error'>>(name: Name, ...args: ServerEvents[Name]) => void
  readonly report: Report
  /** Whether a problem that is reported now has a listener. */
  readonly hasErrorListener: () => boolean
  readonly guardFor: GuardFor
}

const eventNames = {
  add: true,
  remove: true,
  suspend: true,
  resume: true,
  refuse: true,
  error: true,
  listening: true,
  close: true,
  presence: true,
  join: true,
  leave: true,
  bus: true,
} satisfies Record<EventName, true>

const checkEventName = (name: unknown): void => {
  if (typeof name === 'string' && Object.hasOwn(eventNames, name)) return
  const known = Object.keys(eventNames).map((event) => `"${event}"`)
  throw codedError(
    'invalid_option',
    `server.on: expected one of the events ${known.join(', ')}, got ${show(name)}. Listen to messages of a type with server.onMessage(type, listener).`,
  )
}

/** Creates the events of a server. `onError` is called like a listener to `error`. */
export const createServerEvents = (
  onError: SocketServerOptions['onError'],
  operations: ReportOperations,
): ServerEventEmitter => {
  // A list is replaced and never changed: listeners that are added or removed during an event take part in the next one.
  const lists = new Map<EventName, readonly { readonly listener: Listener<never> }[]>()
  const listenersTo = (name: EventName) => lists.get(name) ?? []

  const errorListeners = () => [
    ...(onError ? [onError] : []),
    ...listenersTo('error').map(({ listener }) => listener as Listener<'error'>),
  ]
  const report = createReport(errorListeners, operations)
  const guardFor = createGuardFor(report)
  const guard = guardFor()

  return {
    report,
    hasErrorListener: () => errorListeners().length > 0,
    guardFor,
    on: (name, listener) => {
      checkEventName(name)
      const entry = { listener: listener as Listener<never> }
      lists.set(name, [...listenersTo(name), entry])
      return () =>
        void lists.set(
          name,
          listenersTo(name).filter((other) => other !== entry),
        )
    },
    emit: (name, ...args) => {
      for (const { listener } of listenersTo(name)) guard(`A listener to "${name}"`, () => listener(...(args as never)))
    },
  }
}
