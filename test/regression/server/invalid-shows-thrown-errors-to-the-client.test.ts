import { describe, expect, it, jest } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { json, memoryBus, type ServerCodec, type SocketServerSettings } from '../../../src/server/index.js'
import { connectClient, startServer } from '../../server/support.js'

const secret = 'postgres://admin:hunter2@db'
const fail = () => {
  throw new Error(secret)
}
const createSchema = (validate: StandardSchemaV1['~standard']['validate']): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate },
})
const failing: ServerCodec = { ...json(), decode: fail }

// The error that a schema or a codec of the app threw was sent to the client, in the reply and in the reason of the close.
describe('an error that the app throws for a message', () => {
  it.each<[string, SocketServerSettings]>([
    ['a schema', { schema: { receive: createSchema(fail) } }],
    [
      'an asynchronous schema',
      { schema: { receive: createSchema(async () => await Promise.reject(new Error(secret))) } },
    ],
    ['a codec', { codec: failing }],
    ['an asynchronous codec', { codec: { ...failing, decode: async () => await Promise.reject(new Error(secret)) } }],
  ])('is reported to the app and not shown to the client: %s', async (_, options) => {
    for (const invalid of ['reply', 'close'] as const) {
      await using running = await startServer({ ...options, invalid })
      const { client } = await connectClient(running)
      client.send('a message')
      const shown = invalid === 'reply' ? await client.next() : await client.closed
      expect(JSON.stringify(shown)).not.toContain('hunter2')
      expect(running.problems.all).toEqual([
        expect.objectContaining({ error: expect.objectContaining({ message: secret }) }),
      ])
    }
  })
})

// JSON.parse quotes a piece of the text.
describe('a malformed message on the bus', () => {
  it('is not printed to the console', async () => {
    const printed: unknown[] = []
    jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => void printed.push(...args))
    const bus = memoryBus()
    await using running = await startServer({ bus, onError: undefined as never })
    bus.publish('reduplex', 'hunter2')
    expect(running.server.count()).toBe(0)
    expect(printed).toEqual([expect.stringContaining('bus_message_invalid'), expect.anything()])
    expect(printed.map(String).join()).not.toContain('hunter')
  })
})

describe('a frame that cannot be decoded', () => {
  it('is not printed to the console', async () => {
    const printed: unknown[] = []
    jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => void printed.push(...args))
    await using running = await startServer({ onError: undefined as never })
    const { client } = await connectClient(running)
    client.ws.send('{"t": hunter2}')
    expect(await client.next()).toMatchObject({ error: { code: -32700, data: { code: 'invalid_frame' } } })
    expect(printed).toEqual([expect.stringContaining('invalid_frame'), expect.anything()])
    expect(printed.map(String).join()).not.toContain('hunter')
  })
})
