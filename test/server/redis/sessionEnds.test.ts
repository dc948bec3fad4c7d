import { createHash } from 'node:crypto'
import { createServer, connect, type Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketDropped, socketReducer, socketSend } from '../../../src/index.js'
import { redisSessions, type SessionStore } from '../../../src/server/redis/index.js'
import { selectUnacknowledged, sessionFeature, socketAcknowledged } from '../../../src/session/index.js'
import { customStorage } from '../../../src/session/storage/index.js'
import { command } from '../../support/redisTopology.js'
import { createFakeStorage, type FakeStorage } from '../../support/session/fakeStorage.js'
import { SessionClient } from '../../support/session/sessionClient.js'
import { onlyConnection, startSessionNode } from './sessionNode.js'
import { readHandled, useSessionProcesses } from './sessionProcess.js'

// A page is gone, and the next page ends its session (`hello` with `end`) at another process than the one that has it, over a real Redis.

const shared = useSessionProcesses()

const createStore = (): SessionStore => redisSessions({ url: shared.redis.url })
const said = (payload: unknown) => ({ type: 'said', payload })

/** What a page has stored of its session. */
type Stored = Pick<SessionClient, 'key' | 'acked' | 'sent'>

const storedOf = ({ acked, key, sent }: SessionClient): Stored => ({ acked, key, sent })

/** The next page, at one of the shared.processes. */
const endAt = async ({ url }: { readonly url: string }, { acked, key, sent }: Stored, turn = 1) => {
  const page = new SessionClient(url)
  await page.open()
  page.control({ ...page.hello(), key: key!, turn, received: 0, acked, sent, end: true })
  await page.until(() => page.controls.length > 0 || page.ws?.readyState !== WebSocket.OPEN)
  return { page, welcome: page.last('welcome') as { readonly ended?: boolean; readonly acked?: number } | undefined }
}

const isInRedis = async ({ key = '' }: Stored): Promise<boolean> => {
  const hash = createHash('sha256').update(key).digest('base64url')
  return Number(await command(shared.redis.url, ['EXISTS', `s:{${hash}}`])) > 0
}

describe('a session whose page is gone, at another process', () => {
  it('is ended with what the first process has taken, also when it was not handled yet, and is gone from Redis', async () => {
    await using one = await startSessionNode(createStore())
    await using two = await startSessionNode(createStore())
    let finish = () => {}
    const begun = new Promise<void>((resolve) => {
      one.server.onMessage('slow', async () => {
        resolve()
        await new Promise<void>((done) => (finish = done))
      })
    })
    const client = new SessionClient(one.url)
    await client.connect()
    client.send(said(1))
    client.send({ type: 'slow' })
    await begun
    const stored = { ...storedOf(client), sent: 3 }
    await client.cut()
    const { page, welcome } = await endAt(two, stored)
    expect(welcome).toMatchObject({ resumed: false, acked: 2, ended: true })
    expect(await one.removed.next()).toBe('moved')
    expect(await isInRedis(stored)).toBe(false)
    finish()
    page.ack()
    page.isReady = true
    page.send(said('mine'))
    await page.until(() => page.acked === 1)
    expect([one.handled, two.handled].map((all) => all.map(({ value }) => value))).toEqual([[1], ['mine']])
    expect([...one.codes(), ...two.codes()]).toEqual([])
  })

  it('is ended while the first page is still connected: what that sends later is not handled', async () => {
    await using one = await startSessionNode(createStore())
    await using two = await startSessionNode(createStore())
    const client = new SessionClient(one.url)
    await client.connect()
    client.send(said(1))
    await client.until(() => client.acked === 1)
    const { closed } = client
    const { welcome } = await endAt(two, storedOf(client))
    client.ws!.send(JSON.stringify(said('late')))
    expect(welcome).toMatchObject({ resumed: false, acked: 1, ended: true })
    expect(await closed).toMatchObject({ code: 4409 })
    expect([...one.handled, ...two.handled].map(({ value }) => value)).toEqual([1])
  })

  it('gets the same answer at the process that was asked before, and none at a third one', async () => {
    await using one = await startSessionNode(createStore())
    await using two = await startSessionNode(createStore())
    await using three = await startSessionNode(createStore())
    const client = new SessionClient(one.url)
    await client.connect()
    client.send(said(1))
    await client.until(() => client.acked === 1)
    const stored = { ...storedOf(client), acked: 0, sent: 2 }
    await client.cut()
    for (const turn of [1, 2, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await endAt(two, stored, turn)).welcome).toMatchObject({ resumed: false, acked: 1, ended: true })
    }
    const { welcome } = await endAt(three, stored, 3)
    expect(welcome).toMatchObject({ resumed: false })
    // It cannot know: what was not acknowledged is in doubt.
    expect(welcome).not.toHaveProperty('ended')
    expect(onlyConnection(three).isOpen).toBe(true)
  })

  it('is not ended by the page of another owner', async () => {
    const options = {
      authorize: ({ url }: { readonly url?: string }) => url?.slice(2) ?? '',
      session: { owner: (user: unknown) => String(user) },
    }
    await using one = await startSessionNode(createStore(), options as never)
    await using two = await startSessionNode(createStore(), options as never)
    const client = new SessionClient(`${one.url}/?ann`)
    const first = await client.connect()
    const { welcome } = await endAt({ url: `${two.url}/?eve` }, storedOf(client))
    expect(welcome).not.toHaveProperty('ended')
    client.url = `${two.url}/?ann`
    expect(await client.connect()).toMatchObject({ resumed: true, id: first?.id })
  })
})

describe('a session whose page and whose process are gone', () => {
  it('is ended when all that the page has sent was saved, and else the rest is in doubt', async () => {
    const [one, two] = await Promise.all([
      shared.processes.start(shared.redis.url),
      shared.processes.start(shared.redis.url),
    ])
    const open = async (name: string) => {
      const client = new SessionClient(one.url)
      await client.connect()
      client.send({ type: 'said', payload: `${name}-0` })
      await client.until(() => client.acked === 1)
      return client
    }
    const [known, doubtful] = [await open('a'), await open('b')]
    const stored = [storedOf(known), { ...storedOf(doubtful), sent: 2 }] as const
    await one.kill()
    // One second passes for each: the process that had them is asked first, and does not answer.
    const [certain, uncertain] = await Promise.all(
      stored.map(async (session) => await endAt(two, { ...session, acked: 0 })),
    )
    expect(certain?.welcome).toMatchObject({ resumed: false, acked: 1, ended: true })
    expect(uncertain?.welcome).toMatchObject({ resumed: false, acked: 1 })
    expect(uncertain?.welcome).not.toHaveProperty('ended')
    const again = await endAt(two, { ...stored[0], acked: 0 }, 2)
    expect(again.welcome).toMatchObject({ resumed: false, acked: 1, ended: true })
    expect((await readHandled(shared.redis.url)).map(({ value }) => value).sort()).toEqual(['a-0', 'b-0'])
    for (const { page } of [certain!, uncertain!, again]) page.ws?.terminate()
    await two.kill()
  })
})

/** A TCP proxy whose next connection goes where the test says, as behind a load balancer. */
const startBalancer = async () => {
  let target = ''
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const { hostname, port } = new URL(target)
    const far = connect(Number(port), hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => other.destroy())
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  return {
    url: `ws://127.0.0.1:${port}`,
    leadTo: (url: string) => void (target = url),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A page of the library, and what it has reported. */
const loadPage = (url: string, storage: FakeStorage) => {
  const acknowledged: string[] = []
  const dropped: string[] = []
  let onReport = () => {}
  const { middleware, dispose } = createSocketMiddleware.with(sessionFeature)({
    url,
    WebSocket,
    reconnect: { backoff: () => 20 },
    session: { storage: customStorage(storage.page()) },
  })
  const record: Middleware = () => (next) => (action) => {
    if (socketAcknowledged.match(action)) acknowledged.push(...action.payload.ids)
    if (socketDropped.match(action)) dropped.push(...action.payload.ids.map((id) => `${action.payload.reason} ${id}`))
    const result = next(action)
    onReport()
    return result
  }
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().concat(middleware, record),
  })
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      // oxlint-disable-next-line no-await-in-loop -- each action
      await new Promise<void>((resolve) => (onReport = resolve))
    }
  }
  void store.dispatch(socketConnect())
  const send = (id: string) => void store.dispatch(socketSend(said(id), { id }))
  return { acknowledged, dispose, dropped, send, unacknowledged: () => selectUnacknowledged(store.getState()), until }
}

describe('a page of the library that is loaded again behind a load balancer', () => {
  it('sends what the process before has not taken, once, at another process', async () => {
    await using one = await startSessionNode(createStore())
    await using two = await startSessionNode(createStore())
    await using balancer = await startBalancer()
    const storage = createFakeStorage()
    balancer.leadTo(one.url)
    const before = loadPage(balancer.url, storage)
    before.send('m1')
    await before.until(() => before.acknowledged.includes('m1'))
    // Dies before the process is back: what is sent from here on does not arrive.
    balancer.leadTo('ws://127.0.0.1:1')
    balancer.cut()
    before.send('m2')
    before.send('m3')
    await before.until(() => storage.record?.queued.length === 2 || storage.record?.unacked.length === 2)
    storage.kill()
    before.dispose()
    balancer.leadTo(two.url)
    const after = loadPage(balancer.url, storage)
    after.send('m4')
    await after.until(() => after.acknowledged.length === 3)
    expect(two.handled.map(({ value }) => value)).toEqual(['m2', 'm3', 'm4'])
    expect([one.handled.map(({ value }) => value), after.dropped, after.unacknowledged()]).toEqual([['m1'], [], []])
    after.dispose()
  })
})
