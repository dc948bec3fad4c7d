import type { IncomingMessage } from 'node:http'
import { after, type Cancel } from '../internal/clock.js'
import { messageOf } from '../internal/errors.js'
import { addressOf, hostOf } from './addresses.js'
import type { Limits, SocketServerOptions } from './options.js'
import { queryOf } from './path.js'
import type { Report } from './problems.js'
import { Refusal } from './refusal.js'
import { check, describeIssues } from './schema.js'

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
  try {
    const { protocol, host: originHost } = new URL(origin)
    // Through a URL as well, so that a default port and capitals make no difference.
    return new URL(`${protocol}//${host}`).host === originHost
  } catch {
    return false
  }
}

const isOriginAllowed = (req: IncomingMessage, option: SocketServerOptions['origin'], limits: Limits): boolean => {
  const { origin } = req.headers
  // Browsers always say where a page is from; a program could say anything.
  if (option === false || origin === undefined) return true
  if (option === undefined) return isSameHost(origin, hostOf(req, limits.proxies))
  return typeof option === 'function' ? option(origin, req) : option.includes(origin)
}

/** Creates the gate: origin, then the parameters, then `authorize`, all within `handshakeTimeout`. */
export const createAdmission = (options: SocketServerOptions, limits: Limits, report: Report): Admission => {
  const decide = async (
    req: IncomingMessage,
    groups: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Admitted | Refused> => {
    if (!isOriginAllowed(req, options.origin, limits)) return new Refusal(4403, 'origin not allowed')
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
