import { nanoid } from '@reduxjs/toolkit'
import type { Protocol, ProtocolCommand, ProtocolHost } from '../middleware/protocol.js'
import { sizeOf, toPlain } from '../middleware/plain.js'
import type { SendOptions } from '../connection/types.js'
import type { BatchCall, CallPayload, SubscribePayload } from './actions.js'
import { createHandle } from './handle.js'
import { befallen, type Done, type GiveUp, type Requests } from './requests.js'
import type { Subscriptions } from './subscriptions.js'
import type { RequestHandle, RequestOptions, RequestResult, SubscribeOptions } from './types.js'

interface CommandsConfig {
  readonly host: ProtocolHost
  readonly requests: Requests
  readonly subscriptions: Subscriptions
  /** More, or fewer, of the app's requests wait. */
  readonly count: (change: number) => void
}

interface BatchMeta extends SendOptions {
  readonly calls: readonly BatchCall[]
}

const isRequest = (type: string) => type.endsWith('/request')

/** A request of the app's. */
interface Pending {
  readonly handle: RequestHandle
  /** Whether it was aborted before it was asked: then it has settled, and is not asked. */
  readonly isOver: boolean
  /** It is about to be asked; returns what settles it. */
  readonly begin: () => Done
  /** It has been asked. */
  readonly begun: (giveUp: GiveUp) => void
}

type Next = (action: ProtocolCommand) => unknown

const DROPPED = { delivery: 'dropped' } as const

const createPending = ({ signal }: RequestOptions, count: CommandsConfig['count']): Pending => {
  let giveUp: GiveUp | undefined
  let settle!: Done
  const promise = new Promise<RequestResult<unknown>>((resolve) => {
    settle = resolve
  })
  const isOver = signal?.aborted === true
  if (isOver) settle({ error: befallen.aborted() })
  return {
    handle: createHandle(promise, () => giveUp?.(befallen.aborted())),
    isOver,
    begin: () => {
      count(1)
      return (result) => {
        count(-1)
        settle(result)
      }
    },
    begun: (given) => {
      giveUp = given
    },
  }
}

const callIn = (payload: unknown): CallPayload => {
  const { method, params } = payload as CallPayload
  return { method, params }
}

/** A payload as the reducers see it. What goes round in circles is left out: the codec has refused it, and that has been told. */
const shown = (payload: unknown): unknown => {
  try {
    return toPlain(payload, sizeOf)
  } catch {
    if (Array.isArray(payload)) return payload.map(shown)
    const { params: _params, ...rest } = payload as { readonly params?: unknown }
    return rest
  }
}

/** What the app commands, and what `dispatch` returns of it. */
export const createCommands = ({
  host,
  requests,
  subscriptions,
  count,
}: CommandsConfig): NonNullable<Protocol['commands']> => {
  const seed = nanoid(6)
  let made = 0

  /** Shows the reducers a command: marked, plain, without what cannot be. */
  const tell = (next: Next, { type, payload, meta }: ProtocolCommand, more: object) => {
    const {
      signal: _signal,
      calls: _calls,
      listener: _listener,
      observer: _observer,
      resume: _resume,
      ...rest
    } = meta as typeof meta & RequestOptions & SubscribeOptions & Partial<BatchMeta>
    const seen = { type, payload: shown(payload), meta: { ...(rest as typeof meta), ...more } }
    host.guard(`Dispatching "${type}"`, () => next(seen))
  }
  const request = (command: ProtocolCommand, next: Next): RequestHandle => {
    const options = command.meta as RequestOptions
    const pending = createPending(options, count)
    if (pending.isOver) tell(next, command, DROPPED)
    else {
      const { delivery, giveUp } = requests.ask(callIn(command.payload), options, pending.begin())
      pending.begun(giveUp)
      tell(next, command, delivery)
    }
    return pending.handle
  }
  const batch = (command: ProtocolCommand, next: Next): readonly unknown[] => {
    const { calls, whenOffline = 'queue', ttl } = command.meta as typeof command.meta & BatchMeta
    const prepared = calls.map(({ type, payload, meta }) => {
      const options = meta as object as RequestOptions
      return { call: callIn(payload), options, pending: isRequest(type) ? createPending(options, count) : undefined }
    })
    const going = prepared.filter(({ pending }) => !pending?.isOver)
    const items = going.map(({ call, options, pending }) => ({ call, options, done: pending?.begin() }))
    const sent = items.length
      ? requests.askAll(items, { whenOffline, ...(ttl !== undefined && { ttl }) })
      : { result: DROPPED, asked: [] }
    const asking = going.flatMap(({ pending }) => pending ?? [])
    for (const [index, giveUp] of sent.asked.entries()) asking[index]?.begun(giveUp)
    tell(next, command, sent.result)
    return prepared.map(({ pending }) => pending?.handle ?? sent.result)
  }
  return {
    request,
    batch,
    notify: (command, next) => {
      const result = requests.notify(callIn(command.payload), command.meta as SendOptions)
      tell(next, command, result)
      return result
    },
    subscribe: (command, next) => {
      const { channel, params } = command.payload as SubscribePayload
      const id = `${seed}:${String(++made)}`
      tell(next, command, { id, delivery: 'handled' })
      subscriptions.add(id, { channel, params }, command.meta as SubscribeOptions)
      return id
    },
    unsubscribe: (command, next) => {
      tell(next, command, { delivery: 'handled' })
      subscriptions.remove(command.payload as string)
    },
  }
}
