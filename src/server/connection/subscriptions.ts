import type { Channels, Member } from './channels.js'
import type { Subscription } from '../types.js'

/** What runs for a subscription; `signal` ends it. */
export type Producer = (subscription: Subscription, signal: AbortSignal) => void

/** The subscriptions of one connection. */
export interface Subscriptions {
  /** Makes room for one that is not live yet; `undefined` when there are too many or the connection is gone. */
  readonly reserve: (channel: string, params: unknown) => Subscription | undefined
  /** Makes it live, unless it has been ended meanwhile. */
  readonly start: (subscription: Subscription, producer?: Producer) => void
  readonly end: (id: string) => boolean
  readonly endAll: () => void
  readonly list: () => readonly Subscription[]
}

interface Entry {
  readonly subscription: Subscription
  readonly member: Member
  /** Of the producer, where there is one. */
  controller?: AbortController
}

/** Creates the table of one connection. */
export const createSubscriptions = (
  channels: Channels,
  to: Pick<Member, 'codec' | 'deliver'>,
  limit: number,
): Subscriptions => {
  let entries: Map<string, Entry> | undefined
  let isOver = false

  /** The lowest free one: so a client that comes and goes leaves nothing behind. */
  const freeId = (channel: string): string => {
    const taken = entries ?? new Map<string, Entry>()
    let number = 1
    while (taken.has(`${channel}#${number}`)) number++
    return `${channel}#${number}`
  }
  const end = (id: string): boolean => {
    const entry = entries?.get(id)
    if (!entry) return false
    entries?.delete(id)
    channels.leave(entry.member)
    entry.controller?.abort()
    return true
  }

  return {
    reserve: (channel, params) => {
      if (isOver || (entries && entries.size >= limit)) return undefined
      const subscription = { id: freeId(channel), channel, params }
      const member = { id: subscription.id, channel, ...to }
      entries ??= new Map()
      entries.set(subscription.id, { subscription, member })
      return subscription
    },
    start: (subscription, producer) => {
      const entry = entries?.get(subscription.id)
      if (entry?.subscription !== subscription) return
      channels.join(entry.member)
      if (!producer) return
      entry.controller = new AbortController()
      producer(subscription, entry.controller.signal)
    },
    end,
    endAll: () => {
      isOver = true
      for (const id of entries?.keys() ?? []) end(id)
    },
    list: () => Array.from(entries?.values() ?? [], ({ subscription }) => subscription),
  }
}
