import type { IncomingMessage } from 'node:http'

const headerList = (header: string | readonly string[] | undefined): string[] =>
  String(header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** Removes the port that some proxies append to an address. */
const withoutPort = (address: string): string =>
  address.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')

/** Returns the client's address behind so many trusted proxies; each appends the address that it saw to X-Forwarded-For. */
export const addressOf = (req: IncomingMessage, proxies: number): string => {
  const own = req.socket.remoteAddress ?? ''
  if (proxies === 0) return own
  const forwarded = headerList(req.headers['x-forwarded-for'])
  return withoutPort(forwarded.at(-proxies) ?? forwarded[0] ?? own)
}

/** Returns the host that the client requested. */
export const hostOf = (req: IncomingMessage, proxies: number): string =>
  (proxies > 0 ? headerList(req.headers['x-forwarded-host']).at(-1) : undefined) ?? req.headers.host ?? ''

/**
 * Returns the network of one client. For IPv6 (RFC 4291) these are the first 64 bits, because a client that has them can use all addresses of
 * that network; for IPv4 it is the address.
 */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = [], tail = []] = address
    .toLowerCase()
    .split('::')
    .map((part) => part.split(':'))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return (address.includes('::') ? [...head, ...zeros, ...tail] : head).slice(0, 4).join(':')
}

/** Counts open connections or requests by network. */
export interface AddressCount {
  /** Adds one. Returns the number of that network, and a function that subtracts it again, once. */
  readonly enter: (address: string) => { readonly count: number; readonly leave: () => void }
}

/** Creates a count that forgets a network when nothing of it is open. */
export const createAddressCount = (): AddressCount => {
  const counts = new Map<string, number>()
  return {
    enter: (address) => {
      const network = networkOf(address)
      const count = (counts.get(network) ?? 0) + 1
      counts.set(network, count)
      let hasLeft = false
      return {
        count,
        leave: () => {
          if (hasLeft) return
          hasLeft = true
          const left = (counts.get(network) ?? 1) - 1
          if (left > 0) counts.set(network, left)
          else counts.delete(network)
        },
      }
    },
  }
}
