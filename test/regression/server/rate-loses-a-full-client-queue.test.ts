import { describe, expect, it } from '@jest/globals'
import { socketConnect, socketSend } from '../../../src/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { connectClient, createQueue, startServer, type TestServer } from '../../server/support.js'

// Of 1000 queued messages 211 arrived, and the connection was closed with 4429. Both ends have their default options here.

const full = 1_000
/** A full queue: 1000 messages, 1 MiB. */
const textOf = (number: number) => `${number}`.padEnd((1024 * 1024) / full - 16, '.')

const collect = (running: TestServer) => {
  const received = createQueue<string>()
  running.server.messages.forEach((message) => received.push((message as { say: string }).say))
  return received
}

const queueAndConnect = async (running: TestServer) => {
  const store = createRpcStore({ url: running.url })
  const deliveries = Array.from({ length: full }, (_, number) => store.dispatch(socketSend({ say: textOf(number) })))
  expect(deliveries.every(({ delivery }) => delivery === 'queued')).toBe(true)
  await store.dispatch(socketConnect())
  return store
}

const expectWhole = async (running: TestServer, received: ReturnType<typeof collect>) => {
  for (let number = 0; number < full; number++) expect(await received.next()).toBe(textOf(number))
  expect(running.codes()).toEqual([])
  expect(running.server.connections.size).toBe(1)
}

describe('a full send queue of a client', () => {
  it('arrives whole and in order, with the default options of both ends', async () => {
    await using running = await startServer()
    const received = collect(running)
    const store = await queueAndConnect(running)
    await expectWhole(running, received)
    expect(received.all).toHaveLength(full)
    store.dispose()
  })

  it('arrives whole while "authorize" is slower than the client', async () => {
    let admit = () => {}
    const asked = createQueue<void>()
    await using running = await startServer({
      authorize: async () =>
        await new Promise<object>((resolve) => {
          admit = () => resolve({})
          asked.push()
        }),
    })
    const received = collect(running)
    const connecting = queueAndConnect(running)
    await asked.next()
    const store = await connecting
    admit()
    await expectWhole(running, received)
    expect(received.all).toHaveLength(full)
    store.dispose()
  })

  it('arrives whole through a rate that is far below it: the server reads it more slowly', async () => {
    await using running = await startServer({
      rate: { perSecond: 2_000, burst: 10, bytesPerSecond: 4e6, bytesBurst: 1_000 },
    })
    const { client } = await connectClient(running)
    const received = collect(running)
    for (let number = 0; number < full; number++) client.send({ say: textOf(number) })
    for (let number = 0; number < full; number++) expect(await received.next()).toBe(textOf(number))
    expect(running.codes()).toEqual(['rate_limited'])
  })

  it('arrives whole when the client closes the connection right after it', async () => {
    await using running = await startServer({ rate: { perSecond: 1, burst: 1 } })
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const { client } = await connectClient(running)
    const received = collect(running)
    for (let number = 0; number < 40; number++) client.send({ say: `${number}` })
    client.ws.close(4000)
    for (let number = 0; number < 40; number++) expect(await received.next()).toBe(`${number}`)
    expect(await removed.next()).toBe(4000)
  })
})
