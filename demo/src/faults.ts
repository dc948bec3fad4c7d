// The fault switches of the server, over HTTP.
import type { RoomFaultName, RoomStatus } from './room/messages.js'

export interface ServerStatus {
  readonly clients: number
  /** Whether the server neither reads nor sends. */
  readonly isFrozen: boolean
  /** Whether the server reads slowly. */
  readonly isSlow: boolean
  /** The server refuses connections until then; in milliseconds since the epoch. */
  readonly refusingUntil: number
}

export interface FaultResult extends ServerStatus {
  /** The number of connections that the fault affected. */
  readonly affected?: number
  readonly pongs?: number
  readonly milliseconds?: number
}

export type FaultName =
  | 'drop'
  | 'refuse'
  | 'malformed'
  | 'binary'
  | 'ping'
  | 'close'
  | 'freeze'
  | 'unfreeze'
  | 'slow'
  | 'fast'
  | 'burst'
  | 'stream'

/** Rejects with an error whose message can be shown to the user. */
async function request<Result extends object = FaultResult>(path: string, init?: RequestInit): Promise<Result> {
  const response = await fetch(path, init).catch(() => {
    throw new Error('The server cannot be reached.')
  })
  const body = (await response.json()) as Result | { readonly error: string }
  if ('error' in body) throw new Error(body.error)
  return body
}

export const fetchServerStatus = (): Promise<ServerStatus> => request('/faults')

const post = <Result extends object>(path: string, options: object): Promise<Result> =>
  request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(options) })

export const runFault = (name: FaultName, options: object = {}): Promise<FaultResult> =>
  post(`/faults/${name}`, options)

export const fetchRoomStatus = (signal: AbortSignal): Promise<RoomStatus> => request('/room/faults', { signal })

export const runRoomFault = (name: RoomFaultName): Promise<RoomStatus> => post(`/room/faults/${name}`, {})
