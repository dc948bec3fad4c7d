// The server's fault switches, over plain HTTP.

export interface ServerStatus {
  readonly clients: number
  readonly isSilent: boolean
  /** Whether it reads slowly. */
  readonly isSlow: boolean
  /** Milliseconds since the epoch; in the past when it accepts connections. */
  readonly refusingUntil: number
}

export interface FaultAnswer extends ServerStatus {
  /** How many sockets were hit. */
  readonly hit?: number
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
  | 'silence'
  | 'speak'
  | 'slow'
  | 'fast'
  | 'burst'

/** Rejects with an error whose message is fit to be shown. */
async function ask(path: string, init?: RequestInit): Promise<FaultAnswer> {
  const response = await fetch(path, init).catch(() => {
    throw new Error('The server is not there.')
  })
  const body = (await response.json()) as FaultAnswer | { readonly error: string }
  if ('error' in body) throw new Error(body.error)
  return body
}

export const fetchServerStatus = (): Promise<ServerStatus> => ask('/faults')

export const pullSwitch = (name: FaultName, options: object = {}): Promise<FaultAnswer> =>
  ask(`/faults/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(options),
  })
