// The fault switches of the server, over HTTP.

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
async function request(path: string, init?: RequestInit): Promise<FaultResult> {
  const response = await fetch(path, init).catch(() => {
    throw new Error('The server cannot be reached.')
  })
  const body = (await response.json()) as FaultResult | { readonly error: string }
  if ('error' in body) throw new Error(body.error)
  return body
}

export const fetchServerStatus = (): Promise<ServerStatus> => request('/faults')

export const runFault = (name: FaultName, options: object = {}): Promise<FaultResult> =>
  request(`/faults/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(options),
  })
