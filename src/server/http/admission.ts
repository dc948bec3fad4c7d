import type { IncomingMessage } from 'node:http'
import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import { addressOf, hostOf } from './addresses.js'
import type { Limits, SocketServerOptions } from '../options.js'
import { queryOf } from './path.js'
import type { Report } from '../problems.js'
import { Refusal } from './refusal.js'
import { check, describeIssues } from '../schema.js'

/** Who was let in. */
export interface Admitted {
  readonly user: unknown
  readonly params: unknown
}

/** Who was not, as it is told with the close frame. */
export interface Refused {
  readonly code: number
  readonly reason: string
}

/** Decides about a request. Never rejects: a refusal is a value. `signal` tells that nobody waits any more. */
export type Admission = (
  req: IncomingMessage,
  groups: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Admitted | Refused>

const isSameHost = (origin: string, host: string): boolean => {
  // Of a web page: other schemes have hosts of their own kind, such as none at all in file://.
  if (!/^https?:/.test(origin)) return false
  try {
    const { protocol, host: originHost } = new URL(origin)
    // Through a URL as well, so that a default port and capitals make no difference.
    return new URL(`${protocol}//${host}`).host === originHost
  } catch {
    return false
  }
}

/** As they are written, and as browsers write them; to URL the origin of an unusual scheme is the text null, which many a page has. */
const originsOf = (list: readonly string[]): ReadonlySet<string> => {
  const origins = new Set(list.flatMap((one) => [one, new URL(one).origin]))
  origins.delete('null')
  return origins
}

type OriginTest = (origin: string, req: IncomingMessage) => boolean

const createOriginTest = (option: SocketServerOptions['origin'], { proxies }: Limits): OriginTest => {
  // A promise is no answer, and would be as good as true.
  if (typeof option === 'function') return (origin, req) => (option(origin, req) as unknown) === true
  if (option === false) return () => true
  if (option === undefined) return (origin, req) => isSameHost(origin, hostOf(req, proxies))
  const origins = originsOf(option)
  return (origin) => origins.has(origin)
}

/** Creates the gate: origin, then the parameters, then `authorize`, all within `handshakeTimeout`. */
export const createAdmission = (options: SocketServerOptions, limits: Limits, report: Report): Admission => {
  const isOriginAllowed = createOriginTest(options.origin, limits)
  const decide = async (
    req: IncomingMessage,
    groups: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Admitted | Refused> => {
    const { origin } = req.headers
    // Browsers always say where a page is from; a program could say anything.
    if (origin !== undefined && !isOriginAllowed(origin, req)) return new Refusal(4403, 'origin not allowed')
    // The groups come last: no query may take the place of what the address says.
    const checked = await check(options.params, { ...queryOf(req.url), ...groups })
    if ('issues' in checked) return new Refusal(4400, `bad parameters: ${describeIssues(checked.issues)}`)
    const params = checked.value
    if (!options.authorize || signal.aborted) return { user: undefined, params }
    const ip = addressOf(req, limits.proxies)
    const user = await options.authorize(req, { params, ip, signal })
    return user === false ? new Refusal(4401, 'not signed in') : { user, params }
  }

  const decideSafely: Admission = async (req, groups, signal) => {
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
    const over = new AbortController()
    let cancel: Cancel = () => {}
    let leave = () => {}
    const undecided = new Promise<Refused>((resolve) => {
      const giveUp = (reason: string) => {
        over.abort()
        resolve({ code: 4408, reason })
      }
      cancel = after(limits.handshakeTimeout, () => giveUp('took too long to decide'))
      // This refusal reaches nobody, but nothing waits any more either.
      leave = () => giveUp('gone')
      signal.addEventListener('abort', leave)
    })
    const decision = await Promise.race([decideSafely(req, groups, over.signal), undecided])
    cancel()
    signal.removeEventListener('abort', leave)
    return decision
  }
}
