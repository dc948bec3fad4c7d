import { describe, expect, it } from '@jest/globals'
import { SessionClient } from '../../support/session/sessionClient.js'
import { startServer, type TestServer } from '../support.js'

// A deploy: a server with many clients closes under load, and they go on with another one that knows nothing of them.

const CLIENTS = 300
const MESSAGES = 20
/** The messages that a client sends before it waits for acknowledgements. */
const AHEAD = 4

interface Load {
  /** The server that clients connect to, as a load balancer chooses it. */
  url: string
  readonly handled: Map<number, number[]>
  readonly echoed: Map<number, number[]>
  /** Resolves when the first server has closed. */
  deployed: Promise<void>
  /** Called for each message that is handled. */
  onHandled: () => void
}

const serve = (started: TestServer, load: Load): void => {
  started.server.onMessage('said', async (payload, sender) => {
    const [client, n] = payload as [number, number]
    load.handled.set(client, [...(load.handled.get(client) ?? []), n])
    // Some handlers are still running when the server closes.
    if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (sender.emit('echo', n)) load.echoed.set(client, [...(load.echoed.get(client) ?? []), n])
    load.onHandled()
  })
}

const connectAgain = async (client: SessionClient, load: Load): Promise<void> => {
  Object.assign(client, { url: load.url })
  if (await client.connect()) return
  await connectAgain(client, load)
}

/** Sends all messages of one client, over as many connections as it takes. */
const runClient = async (index: number, load: Load): Promise<SessionClient> => {
  const client = new SessionClient(load.url)
  let sent = 0
  const isDone = () => sent === MESSAGES && client.unacked.length === 0 && client.frames.length >= MESSAGES
  while (!isDone()) {
    // oxlint-disable no-await-in-loop -- one message after the other
    // Each client has a message left for the second server.
    if (sent === MESSAGES - 1) await load.deployed
    if (!client.isReady) await connectAgain(client, load)
    if (sent < MESSAGES) client.send({ type: 'said', payload: [index, sent++] })
    await client.until(() => !client.isReady || isDone() || (sent < MESSAGES && client.unacked.length < AHEAD))
    // oxlint-enable no-await-in-loop
  }
  return client
}

describe('a deploy with 300 clients under load', () => {
  it('loses no message, doubles none and keeps the order, in both directions', async () => {
    const load: Load = {
      url: '',
      handled: new Map(),
      echoed: new Map(),
      deployed: new Promise(() => {}),
      onHandled: () => {},
    }
    const settings = { session: { ackInterval: 5 }, rate: false } as const
    await using before = await startServer(settings)
    await using after = await startServer(settings)
    serve(before, load)
    serve(after, load)
    load.url = before.url
    let count = 0
    const underLoad = new Promise<void>((resolve) => {
      load.onHandled = () => {
        if (++count === CLIENTS * 3) resolve()
      }
    })
    let setDeployed = () => {}
    load.deployed = new Promise((resolve) => {
      setDeployed = resolve
    })
    const running = Promise.all(Array.from({ length: CLIENTS }, async (_, index) => await runClient(index, load)))
    await underLoad
    load.url = after.url
    await before.server.close({ within: 10_000 })
    setDeployed()
    const clients = await running
    const expected = Array.from({ length: MESSAGES }, (_, n) => n)
    for (const [index, client] of clients.entries()) {
      expect(load.handled.get(index)).toEqual(expected)
      const echoed = load.echoed.get(index)!
      expect(echoed.toSorted((a, b) => a - b)).toEqual(expected)
      expect(client.values()).toEqual(echoed.map((payload) => ({ type: 'echo', payload })))
    }
    // All of them were on the first server, and none was left there.
    expect(after.server.connections.size).toBe(CLIENTS)
    expect(before.server.connections.size).toBe(0)
    for (const { ws } of clients) ws!.terminate()
  }, 60_000)
})
