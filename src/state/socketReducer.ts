import { isSocketAction } from '../actions/creators.js'
import { transition, type LifecycleEvent } from '../connection/lifecycle.js'
import type { SocketsState, SocketState } from './socketSlice.js'

const noSocket = {
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  buffered: 0,
  congested: false,
  latency: null,
}

/** The state of a connection that has not been told anything yet. */
export const idleSocket: SocketState = {
  status: 'idle',
  url: null,
  lastClose: null,
  error: null,
  queued: 0,
  ...noSocket,
}

const afterClose = { connecting: 'replace', reconnecting: 'lost', closed: 'end', failed: 'fail' } as const
const pick = ({ code, message }: { code: string; message: string }) => ({ code, message })

/** What each verb changes; the others change nothing. */
const change = (entry: SocketState, verb: string, payload: any): SocketState => {
  const { status } = entry
  const to = (event: LifecycleEvent, patch: object) => ({ ...entry, ...patch, status: transition(status, event) })
  const command = (event: LifecycleEvent) => {
    const after = to(event, { retryAt: null })
    return after.status === 'connecting' && status !== 'connecting' ? { ...after, attempt: 0 } : after
  }
  switch (verb) {
    case 'connect':
    case 'reconnect':
      return command('connect')
    case 'close':
      return command('close')
    case 'connecting':
      return to('dial', { attempt: payload.attempt, url: payload.url, retryAt: null })
    case 'opened':
      return to('open', { url: payload.url, protocol: payload.protocol, openedAt: payload.at, attempt: 0, error: null })
    case 'error':
      return { ...entry, error: pick(payload) }
    case 'closed': {
      const { next, ...close } = payload as { next: keyof typeof afterClose; cause?: string }
      // A close during a wait is no word of the network: what that said last stays.
      const lastClose = (close.cause === 'abandoned' && next === 'closed' && entry.lastClose) || close
      return to(afterClose[next], { ...noSocket, lastClose })
    }
    case 'reconnecting':
      return to('lost', { attempt: payload.attempt, retryAt: payload.retryAt })
    case 'failed':
      return to('fail', { error: pick(payload), retryAt: null })
    case 'changed':
      return { ...entry, ...payload }
  }
  return entry
}

const commands = ['connect', 'reconnect', 'close', 'send', 'sendRaw', 'listen', 'receive']

/** Remembers what the connections are doing; for the key `socket` of the store. */
export const socketReducer = (sockets: SocketsState = {}, action: unknown): SocketsState => {
  if (!isSocketAction(action)) return sockets
  const { type, payload } = action
  const { socket, delivery } = action.meta as { socket: string; delivery?: string }
  const verb = type.slice(type.lastIndexOf('/') + 1)
  // Without its mark no middleware has carried it out.
  if (!delivery && commands.includes(verb)) {
    if (__DEV__) {
      console.warn(
        `reduplex: "${type}" reached the reducer, but no middleware of that connection took it. Is it in the store?`,
      )
    }
    return sockets
  }
  const before = sockets[socket] ?? idleSocket
  const after = change(before, verb, payload)
  return after === before ? sockets : { ...sockets, [socket]: after }
}
