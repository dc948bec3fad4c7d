import { after, type Cancel } from '../../internal/clock.js'
import type { RedisConnection } from './client.js'

/** What a session tells. `down` comes at most once, and nothing after it or after `end`. */
export interface SessionEvents {
  readonly ready: () => void
  readonly down: (error: unknown) => void
  readonly message: (channel: string, message: string) => void
}

/** Two connections, for a subscribed one may not publish; they live and die together. */
export interface Session {
  /** Rejects when Redis refuses it, or the session ends first. */
  readonly publish: (channel: string, message: string) => Promise<unknown>
  readonly subscribe: (channel: string) => void
  readonly unsubscribe: (channel: string) => void
  readonly end: () => void
}

/** Both connections and all subscriptions together may take so long. */
const OPEN_WITHIN = 10_000
/** A Redis that was cut off does not say so: it is asked, and has to answer before it is asked again. */
const PING_EVERY = 5_000

const noop = (): void => {}

const destroy = (connection: RedisConnection): void => {
  try {
    connection.destroy()
  } catch {
    // Some versions object to it where the connection has ended already.
  }
}

/** Opens a session that is subscribed to `channels`. */
export const openSession = (
  make: () => RedisConnection,
  channels: Iterable<string>,
  events: SessionEvents,
): Session => {
  const wanted = new Set(channels)
  const connections: RedisConnection[] = []
  let isOver = false
  let isSubscribed = false
  let cancel: Cancel = noop

  const end = (): void => {
    isOver = true
    cancel()
    for (const connection of connections) destroy(connection)
  }
  const down = (error: unknown): void => {
    if (isOver) return
    end()
    events.down(error)
  }
  const expect = (what: string, within: number): void => {
    cancel()
    cancel = after(within, () => down(new Error(`Redis did not ${what} within ${within} ms`)))
  }

  const connect = async (): Promise<RedisConnection> => {
    const connection = make()
    connections.push(connection)
    connection.on('error', down)
    connection.unref?.()
    try {
      await connection.connect()
      connection.ref?.()
    } finally {
      // A client that is destroyed while it dials finishes the dial all the same.
      if (isOver) destroy(connection)
    }
    return connection
  }
  const listen = async (connection: RedisConnection, channel: string): Promise<unknown> =>
    await connection.subscribe(channel, (message) => {
      if (!isOver && wanted.has(channel)) events.message(channel, message)
    })

  const watch = (): void => {
    cancel = after(PING_EVERY, () => {
      expect('answer', PING_EVERY)
      Promise.all(connections.map(async (connection) => await connection.ping())).then(() => {
        cancel()
        if (!isOver) watch()
      }, down)
    })
  }

  let outbound: RedisConnection | undefined
  let inbound: RedisConnection | undefined
  const open = async (): Promise<void> => {
    expect('let us in', OPEN_WITHIN)
    ;[outbound, inbound] = await Promise.all([connect(), connect()])
    // One after the other: those that are added meanwhile come along.
    // oxlint-disable-next-line no-await-in-loop
    for (const channel of wanted) await listen(inbound, channel)
    if (isOver) return
    isSubscribed = true
    cancel()
    watch()
    events.ready()
  }
  // Nothing is told before the caller has what is returned here.
  void Promise.resolve().then(open).catch(down)

  return {
    publish: async (channel, message) => {
      if (!outbound || isOver) throw new Error('The session is over.')
      return await outbound.publish(channel, message)
    },
    subscribe: (channel) => {
      wanted.add(channel)
      if (isSubscribed && inbound && !isOver) listen(inbound, channel).catch(down)
    },
    unsubscribe: (channel) => {
      wanted.delete(channel)
      if (isSubscribed && inbound && !isOver) inbound.unsubscribe(channel).catch(noop)
    },
    end,
  }
}
