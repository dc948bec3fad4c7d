import type { IncomingMessage } from 'node:http'

const listOf = (header: string | readonly string[] | undefined): string[] =>
  String(header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** The client's address, believing so many proxies: each puts what it saw at the end of X-Forwarded-For. */
export const addressOf = (req: IncomingMessage, proxies: number): string => {
  const own = req.socket.remoteAddress ?? ''
  if (proxies === 0) return own
  const forwarded = listOf(req.headers['x-forwarded-for'])
  return forwarded.at(-proxies) ?? forwarded[0] ?? own
}

/** The host that the client asked for. */
export const hostOf = (req: IncomingMessage, proxies: number): string =>
  (proxies > 0 ? listOf(req.headers['x-forwarded-host']).at(-1) : undefined) ?? req.headers.host ?? ''

/** Counts what is open, by address. */
export interface AddressCount {
  /** One more. Returns how many there are, and a function for its end. */
  readonly enter: (address: string) => { readonly count: number; readonly leave: () => void }
}

/** Creates a count that remembers no address longer than it has to. */
export const createAddressCount = (): AddressCount => {
  const counts = new Map<string, number>()
  return {
    enter: (address) => {
      const count = (counts.get(address) ?? 0) + 1
      counts.set(address, count)
      let hasLeft = false
      return {
        count,
        leave: () => {
          if (hasLeft) return
          hasLeft = true
          const left = (counts.get(address) ?? 1) - 1
          if (left > 0) counts.set(address, left)
          else counts.delete(address)
        },
      }
    },
  }
}
