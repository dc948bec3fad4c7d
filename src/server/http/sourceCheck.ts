import type { IncomingMessage } from 'node:http'
import type { ServerContext } from '../context.js'
import type { SocketServerSettings } from '../options.js'
import { hostOf } from './addresses.js'
import { Refusal } from './Refusal.js'

/** Returns why the host or the page of a request is refused; `undefined` when it may go on. */
export type SourceCheck = (req: IncomingMessage) => Refusal | undefined

/** Whether a page may connect, and why not, for the developer. */
type OriginCheck = (origin: string, req: IncomingMessage) => true | string

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

const createOriginCheck = (option: SocketServerSettings['origin'], proxies: number): OriginCheck => {
  // Compared with true: a promise would be truthy.
  if (typeof option === 'function')
    return (origin, req) => (option(origin, req) as unknown) === true || 'the predicate "origin" did not return true'
  if (option === false) return () => true
  if (option === undefined) {
    return (origin, req) => {
      const host = hostOf(req, proxies)
      return (
        isSameHost(origin, host) || `it is not of the host ${quote(host)}, and the option "origin" does not list it`
      )
    }
  }
  const origins = originsOf(option)
  return (origin) => origins.has(origin) || 'the option "origin" does not list it'
}

const hostPattern = /^(\[[^\]]+\]|[^\s:/?#@[\]]+?)\.?(?::(\d+))?$/

/** Splits a host into name and port. `undefined` for a malformed one. */
const splitHost = (host: string): { readonly name: string; readonly port: string | undefined } | undefined => {
  const [, name, port] = hostPattern.exec(host.toLowerCase()) ?? []
  return name === undefined ? undefined : { name, port }
}

/** Whether a text is a host, with or without a port. */
export const isHost = (value: unknown): boolean => typeof value === 'string' && splitHost(value) !== undefined

const createHostCheck = (option: SocketServerSettings['hosts']): ((host: string, req: IncomingMessage) => boolean) => {
  if (option === undefined) return () => true
  if (typeof option === 'function') return (host, req) => (option(host, req) as unknown) === true
  const listed = option.map((one) => splitHost(one)!)
  return (host) => {
    const given = splitHost(host)
    return listed.some(({ name, port }) => name === given?.name && (port === undefined || port === given.port))
  }
}

/** Quotes a header for a log: without control characters, which a terminal would execute. */
const quote = (header: string): string => JSON.stringify(header.slice(0, 100).replace(/[^\x20-\x7e]/g, '?'))

/**
 * Creates the check of the host and the origin of a request. The first refusal of each kind is reported, because browsers show the developer nothing but a
 * closed connection; further ones are not, because clients can cause them as often as they like.
 */
export const createSourceCheck = ({
  options,
  limits: { proxies },
  report,
}: Pick<ServerContext, 'options' | 'limits' | 'report'>): SourceCheck => {
  const isHostAllowed = createHostCheck(options.hosts)
  const checkOrigin = createOriginCheck(options.origin, proxies)
  const reported = new Set<string>()
  const reportOnce = (code: string, message: string): void => {
    if (reported.has(code)) return
    reported.add(code)
    report({ code, message: `${message} Further ones are not reported.` })
  }

  return (req) => {
    const host = hostOf(req, proxies)
    if (!isHostAllowed(host, req)) {
      reportOnce(
        'host_refused',
        `A request for the host ${quote(host)} was refused: the option "hosts" does not allow it.`,
      )
      return new Refusal(4403, 'host not allowed')
    }
    const { origin } = req.headers
    // Browsers always send the origin of the page; another program could send any.
    const verdict = origin === undefined || checkOrigin(origin, req)
    if (verdict === true) return undefined
    reportOnce('origin_refused', `A page of ${quote(origin)} was refused: ${verdict}.`)
    return new Refusal(4403, 'origin not allowed')
  }
}
