/** A `BroadcastChannel`, as far as the library uses it. */
export interface FakeChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  readonly postMessage: (data: unknown) => void
  readonly close: () => void
}

/** What a tab does with notes. */
export interface ChannelOwner {
  /** The page is gone: nothing is sent or received. */
  isGone: boolean
  /** The page is stuck: notes wait. */
  isStuck: boolean
  /** How many notes it has got, and how many channels it has open. */
  received: number
  channels: number
  /** Notes that wait. */
  readonly backlog: (() => void)[]
}

/**
 * The channels of an origin. Notes of one channel to another one keep their order; `delay` is how long each is under way, in milliseconds. Bytes are
 * copied, as by structured cloning.
 */
export const createFakeChannels = (delay: () => number) => {
  const channels = new Map<string, Set<FakeChannel & { readonly owner: ChannelOwner }>>()
  return {
    create: (name: string, owner: ChannelOwner): FakeChannel => {
      const others = channels.get(name) ?? new Set()
      channels.set(name, others)
      const due = new Map<unknown, number>()
      const channel = {
        owner,
        onmessage: null as FakeChannel['onmessage'],
        postMessage: (data: unknown) => {
          if (owner.isGone || !others.has(channel)) return
          for (const other of others) {
            if (other === channel) continue
            const copy = structuredClone(data)
            const at = Math.max(Date.now() + delay(), due.get(other) ?? 0)
            due.set(other, at)
            const deliver = () => {
              if (other.owner.isGone || !others.has(other)) return
              if (other.owner.isStuck) other.owner.backlog.push(deliver)
              else {
                other.owner.received++
                other.onmessage?.({ data: copy })
              }
            }
            setTimeout(deliver, at - Date.now())
          }
        },
        close: () => {
          if (others.delete(channel)) owner.channels--
        },
      }
      others.add(channel)
      owner.channels++
      return channel
    },
  }
}
