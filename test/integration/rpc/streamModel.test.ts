import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { socketClose, socketConnect } from '../../../src/index.js'
import { jsonRpc, socketRequestStream, type RequestStream } from '../../../src/rpc/index.js'
import { createMemoryWebSocket, createSocketServer, type SocketServer } from '../../../src/server/index.js'
import { buildStore } from '../../support/buildStore.js'

// Client and server over sockets in memory. The reader reads as the property draws, cancels, and the server cuts the connection.

interface Step {
  readonly kind: 'ask' | 'read' | 'cancel' | 'cut' | 'wait'
  /** Which of the replies so far. */
  readonly which: number
  readonly count: number
}

/** What the server did for one reply, and what the client has read of it. */
interface Reply {
  readonly window: number
  readonly length: number
  readonly stream: RequestStream
  readonly read: unknown[]
  made: number
  hasEnded: boolean
  isCancelled: boolean
  /** `open`, `done` or the code of the error. */
  end: string
}

/** Lets everything in memory happen that can. */
const settle = async (turns = 30): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve))
  if (turns > 1) await settle(turns - 1)
}

const setup = () => {
  const server = createSocketServer({ noServer: true }) as unknown as SocketServer
  const replies: Reply[] = []
  server.methods({
    async *count({ index, length }: { index: number; length: number }) {
      const reply = () => replies[index]!
      try {
        for (let number = 0; number < length; number++) {
          reply().made++
          yield number
        }
        return length
      } finally {
        reply().hasEnded = true
      }
    },
  })
  const store = buildStore({
    url: 'ws://test/',
    WebSocket: createMemoryWebSocket(server),
    protocol: jsonRpc(),
    reconnect: { backoff: () => 0 },
  })
  return { server, replies, store }
}

type Model = ReturnType<typeof setup>

const ask = ({ replies, store }: Model, window: number, length: number): void => {
  const params = { index: replies.length, length }
  const stream = store.dispatch(socketRequestStream('count', params, { window, timeout: Infinity }))
  replies.push({ window, length, stream, read: [], made: 0, hasEnded: false, isCancelled: false, end: 'open' })
}

/** Reads so many times, or until the end. */
const read = async (reply: Reply, count: number): Promise<void> => {
  const isOver = () => reply.end !== 'open'
  if (count === 0 || isOver()) return
  try {
    const { done, value } = await reply.stream.next()
    if (isOver()) return
    if (done) reply.end = 'done'
    else reply.read.push(value)
  } catch (error) {
    reply.end = (error as { code: string }).code
  }
  await read(reply, count - 1)
}

/** No chunk is lost, doubled or out of order, and the server is never further ahead than the window. */
const check = ({ replies }: Model): void => {
  for (const { read: values, made, window, length, end, isCancelled } of replies) {
    expect(values).toEqual(values.map((_value, index) => index))
    expect(made - values.length).toBeLessThanOrEqual(window)
    if (end === 'done' && !isCancelled) expect(values).toHaveLength(length)
    expect(['open', 'done', 'disconnected']).toContain(end)
  }
}

const run = async (model: Model, { kind, which, count }: Step): Promise<void> => {
  const reply = model.replies[which % (model.replies.length || 1)]
  if (kind === 'ask') ask(model, 1 + (which % 5), count)
  // Not awaited: a reader may wait for a chunk.
  if (kind === 'read' && reply) void read(reply, count)
  if (kind === 'cancel' && reply) {
    reply.isCancelled = true
    reply.stream.cancel()
  }
  if (kind === 'cut') for (const connection of model.server.connections) connection.terminate()
  if (kind === 'wait') await settle()
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('ask', 'ask', 'read', 'read', 'read', 'wait', 'cancel', 'cut'),
  which: fc.nat(9),
  count: fc.nat(12),
})

describe('replies in chunks', () => {
  it('give each chunk once and in order, and keep to the window, whatever is read, cancelled and cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        const model = setup()
        const { server, replies, store } = model
        void store.dispatch(socketConnect())
        for (const one of steps) {
          await run(model, one)
          check(model)
        }
        await settle()
        check(model)
        // A reply that nothing has cut is read to its end.
        await Promise.all(replies.map(async (reply) => await read(reply, Infinity)))
        check(model)
        await settle()
        // The generator of each reply that has begun has ended.
        expect(replies.filter(({ made, hasEnded }) => made > 0 && !hasEnded)).toEqual([])
        void store.dispatch(socketClose())
        await settle()
        await server.close({ within: 0 })
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
