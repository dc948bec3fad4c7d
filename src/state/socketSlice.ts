import { createSlice } from '@reduxjs/toolkit'
import { isSocketAction } from '../actions/createSocketActions.js'
import { warn } from '../internal/environment.js'
import type { Problem } from '../internal/errors.js'
import { transition, type LifecycleEvent, type Phase } from '../socket/lifecycle.js'
import type { CloseInfo, SocketEvents } from '../socket/types.js'

/** What the store knows of one connection. Times are milliseconds since the epoch. */
export interface SocketState {
  /** What the connection is doing. */
  readonly status: Phase
  /** Where to, query and credentials redacted; `null` before the first attempt. */
  readonly url: string | null
  /** The subprotocol that the server chose; empty when none. */
  readonly protocol: string
  /** The number of the retry under way or waited for; 0 for a first attempt and while open. */
  readonly attempt: number
  /** When the next attempt is due; `null` when none is. */
  readonly retryAt: number | null
  /** Since when the connection is ready; `null` when it is not. */
  readonly openedAt: number | null
  /** How the last socket ended. */
  readonly lastClose: CloseInfo | null
  /** The last thing that went wrong since the connection was open, or while it is. */
  readonly error: Pick<Problem, 'code' | 'message'> | null
  /** How many sends wait. */
  readonly queued: number
  /** Bytes handed over and not yet gone. */
  readonly buffered: number
  /** Whether the peer reads more slowly than we send, so that sends wait. */
  readonly congested: boolean
  /** The last round trip of the heartbeat, in milliseconds. */
  readonly latency: number | null
}

/** One entry a connection, by name. */
export type SocketsState = Readonly<Record<string, SocketState>>

/** The state of a connection that has not been told anything yet. */
export const idleSocket: SocketState = {
  status: 'idle',
  url: null,
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  lastClose: null,
  error: null,
  queued: 0,
  buffered: 0,
  congested: false,
  latency: null,
}

type Mutable = { -readonly [Key in keyof SocketState]: SocketState[Key] }
interface Meta {
  readonly socket: string
  readonly delivery?: string
}
interface Change {
  readonly type: string
  readonly payload: never
  readonly meta: Meta
}

const move = (entry: Mutable, event: LifecycleEvent) => {
  entry.status = transition(entry.status, event)
}

const command = (event: LifecycleEvent) => (entry: Mutable) => {
  const before = entry.status
  move(entry, event)
  entry.retryAt = null
  if (entry.status === 'connecting' && before !== 'connecting') entry.attempt = 0
}

const afterClose = { connecting: 'replace', reconnecting: 'lost', closed: 'end', failed: 'fail' } as const

/** What each verb changes; the others change nothing. */
const changes: Readonly<Record<string, (entry: Mutable, payload: never) => void>> = {
  connect: command('connect'),
  reconnect: command('connect'),
  close: command('close'),
  connecting: (entry, { attempt, url }: SocketEvents['connecting']) => {
    move(entry, 'dial')
    Object.assign(entry, { attempt, url, retryAt: null })
  },
  opened: (entry, { url, protocol, at }: SocketEvents['opened']) => {
    move(entry, 'open')
    Object.assign(entry, { url, protocol, openedAt: at, attempt: 0, error: null })
  },
  error: (entry, { code, message }: Problem) => {
    entry.error = { code, message }
  },
  closed: (entry, { next, ...close }: SocketEvents['closed']) => {
    move(entry, afterClose[next])
    // A close during a wait is no word of the network: what that said last stays.
    const lastClose = close.cause === 'abandoned' && next === 'closed' ? (entry.lastClose ?? close) : close
    Object.assign(entry, {
      lastClose,
      openedAt: null,
      attempt: 0,
      retryAt: null,
      protocol: '',
      buffered: 0,
      congested: false,
      latency: null,
    })
  },
  reconnecting: (entry, { attempt, retryAt }: SocketEvents['reconnecting']) => {
    move(entry, 'lost')
    Object.assign(entry, { attempt, retryAt })
  },
  failed: (entry, { code, message }: Problem) => {
    move(entry, 'fail')
    Object.assign(entry, { error: { code, message }, retryAt: null })
  },
  changed: (entry, patch: SocketEvents['changed']) => {
    Object.assign(entry, patch)
  },
}

const commands = ['connect', 'reconnect', 'close', 'send', 'sendRaw', 'listen', 'receive']
const verbOf = (type: string) => type.slice(type.lastIndexOf('/') + 1)

/** Sends on their way and messages change nothing. They are many: the end of the type tells, without cutting the verb out. */
const isQuiet = ({ type, meta }: { type: string; meta: Meta }) => type.endsWith(meta.delivery ? '/send' : '/message')

/** Further verbs are those of a protocol. */
const isKnown = (verb: string) => Object.hasOwn(changes, verb) || commands.includes(verb)

const initialState: SocketsState = {}

/** The slice of all connections. `socketSlice` goes into `combineSlices`, `socketReducer` into a `reducer` map, both under `socket`. */
export const socketSlice = /* @__PURE__ */ createSlice({
  name: 'socket',
  initialState,
  reducers: {},
  extraReducers: (builder) => {
    builder.addMatcher(
      (action): action is Change => isSocketAction(action) && !isQuiet(action) && isKnown(verbOf(action.type)),
      (sockets, { type, payload, meta }) => {
        const verb = verbOf(type)
        // Without its mark no middleware has carried it out.
        if (!meta.delivery && commands.includes(verb)) {
          return warn(
            `reduplex: "${type}" reached the reducer, but no middleware of that connection took it. Is it in the store?`,
          )
        }
        if (Object.hasOwn(changes, verb)) changes[verb]?.((sockets[meta.socket] ??= { ...idleSocket }), payload)
      },
    )
  },
})

/** Remembers what the connections are doing; for the key `socket` of the store. */
export const socketReducer = socketSlice.reducer
