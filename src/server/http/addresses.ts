import type { IncomingMessage } from 'node:http'

const listOf = (header: string | readonly string[] | undefined): string[] =>
  String(header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** An address without the port that some proxies put behind it. */
const withoutPort = (address: string): string =>
  address.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')

/** The client's address, believing so many proxies: each puts what it saw at the end of X-Forwarded-For. */
export const addressOf = (req: IncomingMessage, proxies: number): string => {
  const own = req.socket.remoteAddress ?? ''
  if (proxies === 0) return own
  const forwarded = listOf(req.headers['x-forwarded-for'])
  return withoutPort(forwarded.at(-proxies) ?? forwarded[0] ?? own)
}

/** The host that the client asked for. */
export const hostOf = (req: IncomingMessage, proxies: number): string =>
  (proxies > 0 ? listOf(req.headers['x-forwarded-host']).at(-1) : undefined) ?? req.headers.host ?? ''

/** Whose address it is: of IPv6 (RFC 4291) the first 64 bits, for with them one client has all the others. */
export const ownerOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = [], tail = []] = address
    .toLowerCase()
    .split('::')
    .map((part) => part.split(':'))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return (address.includes('::') ? [...head, ...zeros, ...tail] : head).slice(0, 4).join(':')
}

/** Counts what is open, by whose address it is. */
export interface AddressCount {
  /** One more. Returns how many there are, and a function for its end. */
  readonly enter: (address: string) => { readonly count: number; readonly leave: () => void }
}

/** Creates a count that remembers no address longer than it has to. */
export const createAddressCount = (): AddressCount => {
  const counts = new Map<string, number>()
  return {
    enter: (address) => {
      const owner = ownerOf(address)
      const count = (counts.get(owner) ?? 0) + 1
      counts.set(owner, count)
      let hasLeft = false
      return {
        count,
        leave: () => {
          if (hasLeft) return
          hasLeft = true
          const left = (counts.get(owner) ?? 1) - 1
          if (left > 0) counts.set(owner, left)
          else counts.delete(owner)
        },
      }
    },
  }
}
