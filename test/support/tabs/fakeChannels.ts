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
  /** Called before and after each note is posted. */
  onPost?: ((data: unknown, isPosted: boolean) => void) | undefined
}

/**
 * The channels of an origin. Notes of one channel to another one keep their order, or with `isRouted` all notes to one page, as in browsers, where one
 * process passes all of them on: `outDelay` is how long a note is in the page that has posted it, which loses it when it crashes. `delay` is how long each is under way, in milliseconds. Bytes are copied, as by structured cloning.
 */
export const createFakeChannels = (delay: () => number, isRouted = false, outDelay?: () => number) => {
  const left = new Map<ChannelOwner, number>()
  const routes = new Map<unknown, number>()
  const channels = new Map<string, Set<FakeChannel & { readonly owner: ChannelOwner }>>()
  return {
    create: (name: string, owner: ChannelOwner): FakeChannel => {
      const others = channels.get(name) ?? new Set()
      channels.set(name, others)
      const due = isRouted ? routes : new Map<unknown, number>()
      const pass = (from: FakeChannel, data: unknown) => {
        for (const other of others) {
          if (other === from) continue
          const copy = structuredClone(data)
          const route = isRouted ? other.owner : other
          const at = Math.max(Date.now() + delay(), due.get(route) ?? 0)
          due.set(route, at)
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
      }
      const channel = {
        owner,
        onmessage: null as FakeChannel['onmessage'],
        postMessage: (data: unknown) => {
          owner.onPost?.(data, false)
          if (owner.isGone) return
          if (!others.has(channel)) throw new DOMException('closed channel', 'InvalidStateError')
          const copy = structuredClone(data)
          if (!outDelay) pass(channel, copy)
          else {
            const outAt = Math.max(Date.now() + outDelay(), left.get(owner) ?? 0)
            left.set(owner, outAt)
            // The page loses it if it crashes before.
            setTimeout(() => owner.isGone || pass(channel, copy), outAt - Date.now())
          }
          owner.onPost?.(data, true)
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
