import { Buffer } from 'node:buffer'

/** What waits for Redis, within bounds, in order. */
export interface Outbox {
  /** Takes a message: it is sent at once when it can be. */
  readonly push: (topic: string, message: string) => void
  /** Sends what waits, as far as it may. */
  readonly flush: () => void
  /** The connection broke: what was under way on it is given up, for sent again it might come twice. */
  readonly abandon: () => void
  /** Resolves when nothing waits or is under way, or `abandon` was called. */
  readonly whenIdle: () => Promise<void>
}

/** What an outbox needs to know. */
export interface OutboxConfig {
  readonly maxCount: number
  readonly maxBytes: number
  /** Whether `send` may be called now. */
  readonly canSend: () => boolean
  readonly send: (topic: string, message: string) => Promise<unknown>
  /** Told when the first message of a row finds no room. */
  readonly overflowing: () => void
  /** So many found no room, since `overflowing`. */
  readonly overflowed: (count: number) => void
  /** So many were under way when the connection broke: nobody knows whether they arrived. */
  readonly lost: (count: number) => void
  /** Redis does not take a message, though the connection is fine. */
  readonly refused: (error: unknown) => void
}

interface Entry {
  readonly topic: string
  readonly message: string
  readonly bytes: number
}

/** Creates an empty outbox. The bounds hold for what waits and, by themselves, for what is under way. */
export const createOutbox = (config: OutboxConfig): Outbox => {
  const { maxCount, maxBytes } = config
  const waiting: Entry[] = []
  let waitingBytes = 0
  let underWay = { count: 0, bytes: 0 }
  let overflow = 0
  let idle: (() => void)[] = []

  const tellIdle = (): void => {
    if (waiting.length > 0 || underWay.count > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }
  const drop = (): void => {
    if (++overflow === 1) config.overflowing()
  }

  const sendOne = ({ topic, message, bytes }: Entry): void => {
    // Of this connection: an answer that comes after `abandon` counts no more.
    const counted = underWay
    counted.count++
    counted.bytes += bytes
    const settle = (): void => {
      if (counted !== underWay) return
      counted.count--
      counted.bytes -= bytes
      flush()
      tellIdle()
    }
    config.send(topic, message).then(settle, (error: unknown) => {
      if (counted === underWay) config.refused(error)
      settle()
    })
  }

  /** Alone even a message that is larger than the bound may go. */
  const hasWay = ({ bytes }: Entry): boolean =>
    underWay.count === 0 || (underWay.count < maxCount && underWay.bytes + bytes <= maxBytes)

  const flush = (): void => {
    while (config.canSend()) {
      const [next] = waiting
      if (!next || !hasWay(next)) break
      waiting.shift()
      waitingBytes -= next.bytes
      sendOne(next)
    }
    if (waiting.length > 0 || overflow === 0 || !config.canSend()) return
    const count = overflow
    overflow = 0
    config.overflowed(count)
  }

  return {
    push: (topic, message) => {
      const entry = { topic, message, bytes: Buffer.byteLength(message) }
      if (waiting.length === 0 && config.canSend() && hasWay(entry)) return sendOne(entry)
      // Dropping all the others would not make room for it.
      if (entry.bytes > maxBytes || maxCount === 0) return drop()
      waiting.push(entry)
      waitingBytes += entry.bytes
      while (waiting.length > maxCount || waitingBytes > maxBytes) {
        // The oldest: what was said last is what most still want to know.
        waitingBytes -= waiting.shift()?.bytes ?? 0
        drop()
      }
    },
    flush,
    abandon: () => {
      const { count } = underWay
      underWay = { count: 0, bytes: 0 }
      if (count > 0) config.lost(count)
      for (const resolve of idle) resolve()
      idle = []
    },
    whenIdle: async () => {
      if (waiting.length > 0 || underWay.count > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
