import type { IncomingMessage } from 'node:http'
import { fitReason } from '../../connection/closeCodes.js'
import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import type { Limits } from '../limits.js'
import type { SocketServerOptions } from '../options.js'
import { describeIssues, validate } from '../schema.js'
import { addressOf, hostOf, networkOf } from './addresses.js'
import { createAddressTurns } from './addressTurns.js'
import { queryOf } from './path.js'

/**
 * An error that refuses a client with a close code and a reason; thrown by `authorize` or `params`. A browser cannot see the status of a refused
 * upgrade, so the connection is accepted and then closed.
 */
export class Refusal extends Error {
  /** Always `'Refusal'`. */
  override readonly name = 'Refusal'
  /** The close code: 4400 bad parameters, 4401 not signed in, 4403 forbidden, 4429 too many, or one of the app's own from 3000 to 4999. */
  readonly code: number
  /** What the client reads: at most 123 bytes of UTF-8, cut if longer. It must not contain a secret. */
  readonly reason: string

  /** Replaces a code that must not be sent by 4403; never throws. */
  constructor(code: number = 4401, reason: string = '') {
    super(reason)
    this.code = Number.isInteger(code) && code >= 3000 && code <= 4999 ? code : 4403
    this.reason = fitReason(reason)
  }
}

/** The result of an admitted request. */
export interface Admitted {
  readonly user: unknown
  readonly params: unknown
}

/** The result of a refused request: the code and the reason of the close frame. */
export interface Refused {
  readonly code: number
  readonly reason: string
}

/** Decides about a request. Never rejects: a refusal is a value. `signal` is aborted when the client disconnects. */
export type Admit = (
  req: IncomingMessage,
  groups: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Admitted | Refused>

const isSameHost = (origin: string, host: string): boolean => {
  // Only web pages have a host that can be compared: file:// has none, and other schemes define their own.
  if (!/^https?:/.test(origin)) return false
  try {
    const { protocol, host: originHost } = new URL(origin)
    // Through a URL as well, so that a default port and upper case make no difference.
    return new URL(`${protocol}//${host}`).host === originHost
  } catch {
    return false
  }
}

/** Returns the listed origins as they are written and as browsers write them. URL gives "null" for an unknown scheme, which many pages have. */
const originsOf = (list: readonly string[]): ReadonlySet<string> => {
  const origins = new Set(list.flatMap((one) => [one, new URL(one).origin]))
  origins.delete('null')
  return origins
}

type IsOriginAllowed = (origin: string, req: IncomingMessage) => boolean

const createOriginCheck = (option: SocketServerOptions['origin'], { proxies }: Limits): IsOriginAllowed => {
  // Compared with true: a promise would be truthy.
  if (typeof option === 'function') return (origin, req) => (option(origin, req) as unknown) === true
  if (option === false) return () => true
  if (option === undefined) return (origin, req) => isSameHost(origin, hostOf(req, proxies))
  const origins = originsOf(option)
  return (origin) => origins.has(origin)
}

/** Waits for a decision, at most `timeout` ms and as long as the client is connected. `abort` is called when the wait ends early. */
const decideWithin = async (
  timeout: number,
  signal: AbortSignal,
  decision: Promise<Admitted | Refused>,
  abort: () => void,
): Promise<Admitted | Refused> => {
  let cancel: Cancel = () => {}
  let onDisconnect = () => {}
  const undecided = new Promise<Refused>((resolve) => {
    const giveUp = (reason: string) => {
      abort()
      resolve({ code: 4408, reason })
    }
    cancel = after(timeout, () => giveUp('took too long to decide'))
    // This refusal reaches no client; it ends the wait.
    onDisconnect = () => giveUp('disconnected')
    signal.addEventListener('abort', onDisconnect)
  })
  const result = await Promise.race([decision, undecided])
  cancel()
  signal.removeEventListener('abort', onDisconnect)
  return result
}

/** Creates the admission of a server: origin, then `params`, then `authorize`, all within `handshakeTimeout`. */
export const createAdmission = ({ options, limits, report }: ServerContext): Admit => {
  const isOriginAllowed = createOriginCheck(options.origin, limits)
  const inTurn = createAddressTurns(limits.maxAuthorizing)
  const decide: Admit = async (req, groups, signal) => {
    const { origin } = req.headers
    // Browsers always send the origin of the page; another program could send any.
    if (origin !== undefined && !isOriginAllowed(origin, req)) return new Refusal(4403, 'origin not allowed')
    // The groups come last, so that a query cannot replace what the path says.
    const validated = await validate(options.params, { ...queryOf(req.url), ...groups })
    if ('issues' in validated) return new Refusal(4400, `bad parameters: ${describeIssues(validated.issues)}`)
    const params = validated.value
    if (!options.authorize || signal.aborted) return { user: undefined, params }
    const { authorize } = options
    const ip = addressOf(req, limits.proxies)
    const user = await inTurn(networkOf(ip), async () =>
      signal.aborted ? false : await authorize(req, { params, ip, signal }),
    )
    return user === false ? new Refusal(4401, 'not signed in') : { user, params }
  }

  const decideSafely: Admit = async (req, groups, signal) => {
    try {
      return await decide(req, groups, signal)
    } catch (error) {
      if (error instanceof Refusal) return error
      if (!signal.aborted) {
        const message = `Deciding about a connection ("origin", "params", "authorize") threw: ${messageOf(error)}`
        report({ code: 'handler_failed', message, error })
      }
      return { code: 1011, reason: 'server error' }
    }
  }

  return async (req, groups, signal) => {
    const undecided = new AbortController()
    const decision = decideSafely(req, groups, undecided.signal)
    return await decideWithin(limits.handshakeTimeout, signal, decision, () => undecided.abort())
  }
}
