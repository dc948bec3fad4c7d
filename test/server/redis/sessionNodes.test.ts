import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { redisSessions, type SessionStore } from '../../../src/server/redis/index.js'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { command } from '../../support/redisTopology.js'
import { SessionClient } from '../../support/session/sessionClient.js'
import { onlyConnection, silent, startSessionNode, type Handled } from './sessionNode.js'

let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await redis[Symbol.asyncDispose]()
})

/** A server that keeps its sessions in Redis. */
const startNode = async (options: SocketServerSettings = {}, store: SessionStore = redisSessions({ url: redis.url })) =>
  await startSessionNode(store, options)

const said = (payload: unknown) => ({ type: 'said', payload })
const valuesOf = (handled: readonly Handled[]) => handled.map(({ value }) => value)

describe('sessions of several processes', () => {
  it('go on at any of them, with id, data and messages, each once and in order', async () => {
    await using one = await startNode()
    await using two = await startNode()
    await using three = await startNode()
    const nodes = [one, two, three]
    const client = new SessionClient(one.url)
    const welcome = await client.connect()
    onlyConnection(one).data['name'] = 'Ann'
    for (let round = 1; round <= 9; round++) {
      client.send(said(round * 2 - 1))
      // oxlint-disable-next-line no-await-in-loop
      if (round % 2 === 0) await client.until(() => client.acked === client.sent)
      // oxlint-disable-next-line no-await-in-loop
      await client.cut()
      client.send(said(round * 2))
      const node = nodes[round % 3]!
      client.url = node.url
      // oxlint-disable-next-line no-await-in-loop
      expect(await client.connect()).toMatchObject({ resumed: true, id: welcome?.id, kept: false })
      expect(onlyConnection(node).data).toEqual({ name: 'Ann' })
      onlyConnection(node).send(round)
    }
    await client.until(() => client.acked === 18 && client.received === 9)
    expect(client.values()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const handled = nodes.flatMap((node) => node.handled)
    expect(handled.every(({ isRedelivered }) => !isRedelivered)).toBe(true)
    expect(valuesOf(handled).sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 18 }, (_, n) => n + 1))
    expect(await one.removed.next()).toBe('moved')
    expect(nodes.flatMap((node) => node.codes())).toEqual([])
    expect(two.server.connections.size + three.server.connections.size).toBe(0)
  })

  it('answer a client that is connected to another one: the former is closed with 4409', async () => {
    await using one = await startNode()
    await using two = await startNode()
    const client = new SessionClient(one.url)
    await client.connect()
    const former = client.closed
    client.url = two.url
    expect(await client.connect()).toMatchObject({ resumed: true })
    expect(await former).toMatchObject({ code: 4409 })
    expect(one.server.connections.size).toBe(0)
  })

  it('are not given to another owner, and not for a lower turn', async () => {
    const authorize = ({ url }: { readonly url?: string }) => url?.slice(2) ?? ''
    const session = { owner: (user: unknown) => String(user) }
    await using one = await startNode({ authorize, session } as never)
    await using two = await startNode({ authorize, session } as never)
    const ann = new SessionClient(`${one.url}/?ann`)
    const welcome = await ann.connect()
    const eve = new SessionClient(`${two.url}/?eve`)
    eve.key = ann.key
    expect(await eve.connect()).toMatchObject({ resumed: false })
    expect(ann.isReady).toBe(true)
    ann.turn = 5
    ann.url = `${two.url}/?ann`
    expect(await ann.connect()).toMatchObject({ resumed: true, id: welcome?.id })
    const late = new SessionClient(`${one.url}/?ann`)
    late.key = ann.key
    late.turn = 4
    expect(await late.connect()).toBeUndefined()
    expect(await late.closed).toMatchObject({ code: 4409 })
    expect(ann.isReady).toBe(true)
  })

  it('are handed over by a close, with what their clients have and have not got', async () => {
    await using one = await startNode()
    await using two = await startNode()
    const client = new SessionClient(one.url)
    await client.connect()
    client.acksAtOnce = false
    onlyConnection(one).data['count'] = 3
    onlyConnection(one).send('last words')
    for (let value = 1; value <= 20; value++) client.send(said(value))
    const { closed } = client
    await one.server.close({ within: 2_000 })
    expect(await closed).toMatchObject({ code: 1012 })
    client.url = two.url
    expect(await client.connect()).toMatchObject({ resumed: true })
    expect(onlyConnection(two).data).toEqual({ count: 3 })
    await client.until(() => client.acked === 20)
    const all = [...one.handled, ...two.handled]
    expect(valuesOf(all)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(all.some(({ isRedelivered }) => isRedelivered)).toBe(false)
    expect(client.values()).toEqual(['last words'])
  })

  it('stay in Redis while their clients are connected and idle', async () => {
    await using one = await startNode({ session: { ttl: 300 } })
    const client = new SessionClient(one.url)
    await client.connect()
    const hash = createHash('sha256')
      .update(client.key ?? '')
      .digest('base64url')
    const timeLeft = async (): Promise<number> => Number(await command(redis.url, ['PTTL', `s:{${hash}}`]))
    const grows = async (last: number): Promise<boolean> => {
      const left = await timeLeft()
      return left > last || (left > 0 && (await grows(left)))
    }
    expect(await grows(await timeLeft())).toBe(true)
    expect(await grows(await timeLeft())).toBe(true)
  })

  it('carry binary frames', async () => {
    await using one = await startNode()
    await using two = await startNode()
    const client = new SessionClient(one.url)
    await client.connect()
    await client.cut()
    onlyConnection(one).sendRaw(new Uint8Array([0, 255, 128]))
    client.url = two.url
    await client.connect()
    await client.until(() => client.received === 1)
    expect(client.frames).toEqual([Buffer.from([0, 255, 128])])
  })
})

describe('a session whose owner does not answer', () => {
  it('is taken by force: what is in doubt is marked, and the former owner learns it with its next write', async () => {
    await using one = await startNode({}, silent(redisSessions({ url: redis.url })))
    await using two = await startNode()
    const client = new SessionClient(one.url)
    await client.connect()
    client.send(said('saved'))
    await client.until(() => client.acked === 1)
    // Taken and never handled, as far as the store knows.
    one.server.onMessage('slow', async () => await new Promise(() => {}))
    const taken = new Promise<void>((resolve) => {
      one.server.onMessage('slow', () => resolve())
    })
    client.send({ type: 'slow' })
    await taken
    const marks: boolean[] = []
    two.server.onMessage('slow', (_payload, _sender, { isRedelivered }) => void marks.push(isRedelivered))
    const former = onlyConnection(one)
    const { closed } = client
    client.url = two.url
    expect(await client.connect()).toMatchObject({ resumed: true, received: 1, acked: 1 })
    client.send(said('new'))
    await client.until(() => client.acked === 3)
    expect(marks).toEqual([true])
    expect(two.handled).toEqual([{ value: 'new', isRedelivered: false }])
    expect(former.isOpen).toBe(true)
    former.send('for nobody')
    expect(await one.removed.next()).toBe('moved')
    expect(await closed).toMatchObject({ code: 4409 })
    expect(one.codes()).toEqual(['session_undelivered'])
    expect(client.received).toBe(0)
  })

  it('is lost after three takeovers without progress, because the message ends the processes', async () => {
    const nodes = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => await startNode({}, silent(redisSessions({ url: redis.url })))),
    )
    const [first] = nodes as [(typeof nodes)[number]]
    const client = new SessionClient(first.url)
    const methods: boolean[] = []
    for (const { server } of nodes) {
      server.onMessage('poison', async (_payload, _sender, { isRedelivered }) => {
        methods.push(isRedelivered)
        await new Promise(() => {})
      })
    }
    await client.connect()
    client.send(said('before'))
    await client.until(() => client.acked === 1)
    client.send({ type: 'poison' })
    for (const [index, node] of nodes.slice(1).entries()) {
      const { length } = methods
      // oxlint-disable-next-line no-await-in-loop
      await client.cut()
      client.url = node.url
      // oxlint-disable-next-line no-await-in-loop
      const welcome = await client.connect()
      expect(welcome).toMatchObject(index < 3 ? { resumed: true, received: 1 } : { resumed: false, acked: 1 })
      expect(methods.length).toBeGreaterThanOrEqual(length)
    }
    expect(methods.slice(1).every(Boolean)).toBe(true)
    for (const node of nodes) {
      // oxlint-disable-next-line no-await-in-loop
      await node[Symbol.asyncDispose]()
    }
  })

  it('is not resumed by a process that has lost it itself', async () => {
    await using one = await startNode({ session: { maxMessages: 2 } })
    const client = new SessionClient(one.url)
    client.acksAtOnce = false
    await client.connect()
    const connection = onlyConnection(one)
    await client.cut()
    expect([connection.send(1), connection.send(2), connection.send(3)]).toEqual([true, true, false])
    expect(await client.connect()).toMatchObject({ resumed: false })
  })
})

/** Resolves with the next welcome that is not refused with 1013. */
const connectAgain = async (client: SessionClient): Promise<Awaited<ReturnType<SessionClient['connect']>>> =>
  (await client.connect()) ?? (await connectAgain(client))

describe('an outage of Redis', () => {
  const persistent = { more: { appendonly: 'yes', appendfsync: 'always' } }

  it('without a restart is survived: clients are told to try again, and their sessions go on', async () => {
    await using server = await startRedis()
    await using one = await startNode({}, redisSessions({ url: server.url }))
    const client = new SessionClient(one.url)
    const welcome = await client.connect()
    const connection = onlyConnection(one)
    await command(server.url, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    await one.until(false)
    connection.send('kept')
    client.send(said(1))
    const other = new SessionClient(one.url)
    expect(await other.connect()).toBeUndefined()
    expect(await other.closed).toMatchObject({ code: 1013 })
    expect(client.frames).toEqual([])
    await one.until(true)
    await client.until(() => client.acked === 1 && client.received === 1)
    expect(client.values()).toEqual(['kept'])
    await client.cut()
    expect(await client.connect()).toMatchObject({ resumed: true, id: welcome?.id, kept: true })
    expect(one.codes()).toEqual(['session_store_unreachable'])
  })

  it.each([
    ['without persistence', {}],
    ['with persistence that may lack the last second', persistent],
  ])('with a restart %s is told as lost', async (_name, settings) => {
    await using server = await startRedis(settings)
    await using one = await startNode({}, redisSessions({ url: server.url }))
    const client = new SessionClient(one.url)
    const welcome = await client.connect()
    client.send(said(1))
    await client.until(() => client.acked === 1)
    await server.kill()
    await one.until(false)
    await server.start()
    await one.until(true)
    expect(await client.closed).toMatchObject({ code: 4409 })
    expect(await one.removed.next()).toBe('moved')
    const next = await connectAgain(client)
    expect(next).toMatchObject({ resumed: false })
    expect(next?.id).not.toBe(welcome?.id)
  })

  it('with a restart of a durable Redis is survived', async () => {
    await using server = await startRedis(persistent)
    await using one = await startNode({}, redisSessions({ url: server.url, durable: true }))
    await using two = await startNode({}, redisSessions({ url: server.url, durable: true }))
    const client = new SessionClient(one.url)
    const welcome = await client.connect()
    onlyConnection(one).data['n'] = 1
    client.send(said(1))
    await client.until(() => client.acked === 1)
    await client.cut()
    onlyConnection(one).send('waits')
    await server.kill()
    await Promise.all([one.until(false), two.until(false)])
    client.send(said(2))
    await server.start()
    await Promise.all([one.until(true), two.until(true)])
    client.url = two.url
    expect(await connectAgain(client)).toMatchObject({ resumed: true, id: welcome?.id, received: 1 })
    await client.until(() => client.acked === 2 && client.received === 1)
    expect(client.values()).toEqual(['waits'])
    expect(onlyConnection(two).data).toEqual({ n: 1 })
    expect([valuesOf(one.handled), valuesOf(two.handled)]).toEqual([[1], [2]])
  })

  it('in which Redis refuses writes is survived: what could not be saved is saved later', async () => {
    await using server = await startRedis()
    await using one = await startNode({}, redisSessions({ url: server.url }))
    const client = new SessionClient(one.url)
    await client.connect()
    const connection = onlyConnection(one)
    await command(server.url, ['CONFIG', 'SET', 'maxmemory', '1'])
    connection.send('later')
    expect(await one.problems.next()).toMatchObject({
      code: 'session_store_failed',
      message: expect.stringContaining('OOM'),
    })
    expect(client.frames).toEqual([])
    await command(server.url, ['CONFIG', 'SET', 'maxmemory', '0'])
    await client.until(() => client.received === 1)
    expect(client.values()).toEqual(['later'])
  })
})
