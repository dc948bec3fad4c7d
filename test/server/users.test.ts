import { describe, expect, it } from '@jest/globals'
import { memoryBus, type Bus, type ServerCodec, type SocketServerSettings } from '../../src/server/index.js'
import { connectClient, createQueue, startServer } from './support.js'

interface User {
  readonly id: string
  readonly expiresAt?: unknown
}

/** Options of a server whose users are named by the url. */
const settings: SocketServerSettings = {
  authorize: ({ url = '' }) => ({ id: url.slice(1) }),
  userId: (user) => (user as User).id,
}

/** Two servers that share a bus. */
const startCluster = async (bus: Bus = memoryBus(), more: SocketServerSettings = {}) => {
  const left = await startServer({ bus, ...settings, ...more })
  const right = await startServer({ bus, ...settings, ...more })
  return {
    left,
    right,
    [Symbol.asyncDispose]: async () => {
      await left[Symbol.asyncDispose]()
      await right[Symbol.asyncDispose]()
    },
  }
}

describe('server.user(id)', () => {
  it('sends to all connections of the user and to no other', async () => {
    await using running = await startServer(settings)
    const { server } = running
    const one = await connectClient(running, '/ada')
    const two = await connectClient(running, '/ada')
    const other = await connectClient(running, '/bob')
    expect(server.user('ada').send({ hello: 'Ada' })).toBe(2)
    expect(server.user('ada').emit('greeted', 1)).toBe(2)
    for (const { client } of [one, two]) {
      expect(await client.next()).toEqual({ hello: 'Ada' })
      expect(await client.next()).toEqual({ type: 'greeted', payload: 1 })
    }
    expect(server.user('ada').connections).toEqual([one.connection, two.connection])
    expect(server.user('ada').id).toBe('ada')
    expect(server.user('nobody').send('x')).toBe(0)
    server.broadcast('last')
    expect(await other.client.next()).toBe('last')
  })

  it('knows no connection that has closed', async () => {
    await using running = await startServer(settings)
    const { client } = await connectClient(running, '/ada')
    const removed = new Promise((resolve) => running.server.on('remove', resolve))
    client.ws.close()
    await removed
    expect(running.server.user('ada').connections).toEqual([])
    expect(running.server.user('ada').send('x')).toBe(0)
  })

  it('sends to the connections of all nodes, in order', async () => {
    await using cluster = await startCluster()
    const near = await connectClient(cluster.left, '/ada')
    const far = await connectClient(cluster.right, '/ada')
    const other = await connectClient(cluster.right, '/bob')
    for (let i = 0; i < 3; i++) expect(cluster.left.server.user('ada').send(i)).toBe(1)
    for (let i = 0; i < 3; i++) {
      expect(await near.client.next()).toBe(i)
      expect(await far.client.next()).toBe(i)
    }
    cluster.right.server.user('bob').send('last')
    expect(await other.client.next()).toBe('last')
    expect(other.client.received.all).toHaveLength(1)
  })

  it('carries bytes and the values of an asynchronous codec to other nodes, in order', async () => {
    let delay = 3
    const codec: ServerCodec = {
      encode: async (value: unknown) => {
        // The first takes the most turns.
        for (let i = delay--; i > 0; i--) await Promise.resolve()
        return new TextEncoder().encode(JSON.stringify(value))
      },
      decode: async (frame: unknown) => JSON.parse(new TextDecoder().decode(frame as ArrayBuffer)) as never,
    }
    await using cluster = await startCluster(memoryBus(), { codec })
    const far = await connectClient(cluster.right, '/ada')
    for (const value of [1, 2, 3]) cluster.left.server.user('ada').send(value)
    for (const value of [1, 2, 3]) expect(String(await far.client.next())).toBe(String(value))
    await cluster.left.server.disconnectUser('ada', 4000)
    expect((await far.client.closed).code).toBe(4000)
  })

  it('validates with schema.send on the sending node alone', async () => {
    let validations = 0
    const send = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => {
          validations++
          return typeof value === 'number' ? { value: value * 2 } : { issues: [{ message: 'no number' }] }
        },
      },
    } as const
    await using cluster = await startCluster(memoryBus(), { schema: { send } })
    const far = await connectClient(cluster.right, '/ada')
    cluster.left.server.user('ada').send('text')
    expect(cluster.left.codes()).toEqual(['encode_failed'])
    cluster.left.server.user('ada').send(2)
    expect(await far.client.next()).toBe(4)
    expect(validations).toBe(2)
  })

  it('reports a bus that fails, and still reaches the clients of this node', async () => {
    const bus: Bus = {
      ...memoryBus(),
      publish: (topic) => (topic === 'reduplex.users' ? Promise.reject(new Error('no bus')) : undefined),
    }
    await using running = await startServer({ bus, ...settings })
    const { client } = await connectClient(running, '/ada')
    expect(running.server.user('ada').send(1)).toBe(1)
    expect(await client.next()).toBe(1)
    expect((await running.problems.next()).message).toBe('The bus cannot publish: no bus')
  })

  it('throws without the option userId, and for an id that is no text', async () => {
    await using plain = await startServer()
    expect(() => plain.server.user('ada')).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    await using running = await startServer(settings)
    for (const id of ['', 7, undefined]) {
      expect(() => running.server.user(id as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
  })
})

describe('server.disconnectUser', () => {
  it('closes the connections of the user on all nodes with the code, and no other', async () => {
    await using cluster = await startCluster()
    const near = await connectClient(cluster.left, '/ada')
    const far = await connectClient(cluster.right, '/ada')
    const other = await connectClient(cluster.right, '/bob')
    expect(await cluster.left.server.disconnectUser('ada', 4403, 'banned')).toBe(1)
    expect(await near.client.closed).toEqual({ code: 4403, reason: 'banned' })
    expect(await far.client.closed).toEqual({ code: 4403, reason: 'banned' })
    expect(other.connection.isOpen).toBe(true)
  })

  it('closes with 4403 when no code is given', async () => {
    await using running = await startServer(settings)
    const { client } = await connectClient(running, '/ada')
    expect(await running.server.disconnectUser('ada')).toBe(1)
    expect(await client.closed).toEqual({ code: 4403, reason: '' })
  })

  it('closes a connection after what was sent to the user before', async () => {
    await using cluster = await startCluster()
    const far = await connectClient(cluster.right, '/ada')
    cluster.left.server.user('ada').send('last')
    await cluster.left.server.disconnectUser('ada')
    expect(await far.client.next()).toBe('last')
    expect((await far.client.closed).code).toBe(4403)
  })

  it('resolves when the bus has the message and rejects when the bus does', async () => {
    const published = createQueue<() => void>()
    const bus: Bus = {
      ...memoryBus(),
      publish: (topic, message) => {
        if (topic !== 'reduplex.users') return undefined
        return new Promise<void>((resolve, reject) =>
          published.push(message.includes('"bob"') ? () => reject(new Error('no bus')) : resolve),
        )
      },
    }
    await using running = await startServer({ bus, ...settings })
    let isDone = false
    const done = running.server.disconnectUser('ada').then(() => (isDone = true))
    const take = await published.next()
    expect(isDone).toBe(false)
    take()
    await done
    const failing = running.server.disconnectUser('bob')
    const fail = await published.next()
    fail()
    await expect(failing).rejects.toThrow('no bus')
    expect(running.codes()).toEqual(['bus_failed'])
  })

  it('rejects for a code that a server must not send, without the option userId, and for a malformed id', async () => {
    await using running = await startServer(settings)
    await expect(running.server.disconnectUser('ada', 1006)).rejects.toMatchObject({ code: 'invalid_close_code' })
    await expect(running.server.disconnectUser('')).rejects.toMatchObject({ code: 'invalid_option' })
    await using plain = await startServer()
    await expect(plain.server.disconnectUser('ada')).rejects.toMatchObject({ code: 'invalid_option' })
  })
})

describe('the messages of the bus about users', () => {
  it.each([
    ['no JSON', 'x'],
    ['no node', '{"user":"ada","code":4403}'],
    ['no user', '{"node":"a","code":4403}'],
    ['a code that a server must not send', '{"node":"a","user":"ada","code":1006}'],
    ['two contents', '{"node":"a","user":"ada","code":4403,"text":"1"}'],
    ['no content', '{"node":"a","user":"ada"}'],
    ['a text that the codec cannot decode', '{"node":"a","user":"ada","text":"{"}'],
  ])('are refused with a report: %s', async (_case, message) => {
    const bus = memoryBus()
    await using running = await startServer({ bus, ...settings })
    const { client, connection } = await connectClient(running, '/ada')
    bus.publish('reduplex.users', message)
    expect((await running.problems.next()).code).toBe('bus_message_invalid')
    expect(connection.isOpen).toBe(true)
    bus.publish('reduplex.users', '{"node":"a","user":"ada","text":"1","later":true}')
    expect(await client.next()).toBe(1)
  })

  it('are not listened to after the close, and not without the option userId', async () => {
    const topics = createQueue<string>()
    const plain = memoryBus()
    const bus: Bus = {
      ...plain,
      subscribe: (topic, listener) => {
        topics.push(`+${topic}`)
        const stop = plain.subscribe(topic, listener)
        return async () => {
          topics.push(`-${topic}`)
          await (
            await stop
          )()
        }
      },
    }
    await using running = await startServer({ bus, ...settings })
    await running.server.close({ within: 0 })
    expect([...topics.all].sort()).toEqual(['+reduplex', '+reduplex.users', '-reduplex', '-reduplex.users'])
    await using without = await startServer({ bus })
    await without.server.close({ within: 0 })
    expect(topics.all.filter((topic) => topic === '+reduplex.users')).toHaveLength(1)
  })
})

describe('the option userId', () => {
  it.each([
    ['throws', () => null as never],
    ['returns no text', (user: User) => ({ ...user }) as never],
    ['returns an empty text', () => ''],
  ])('refuses a client with 1011 when it %s', async (_case, userId) => {
    await using running = await startServer({ ...settings, userId: userId as never })
    const client = await running.connect('/ada')
    expect((await client.closed).code).toBe(1011)
    expect((await running.problems.next()).message).toContain('expected "userId" to return a text that is not empty')
  })
})

describe('expiresAt of what authorize returns', () => {
  const expiring = (expiresAt: unknown): SocketServerSettings => ({
    authorize: () => ({ id: 'ada', expiresAt: expiresAt as never }),
  })

  it.each([
    ['milliseconds since the epoch', (time: number): unknown => time],
    ['a Date', (time: number): unknown => new Date(time)],
  ])('closes the connection with 4401 at that time: %s', async (_case, toValue) => {
    await using running = await startServer(expiring(toValue(Date.now() + 150)))
    const client = await running.connect()
    expect(await client.closed).toEqual({ code: 4401, reason: 'the authorization has expired' })
  })

  it('refuses a client with 4401 when the time is over', async () => {
    await using running = await startServer(expiring(Date.now() - 1))
    const refused = new Promise<unknown>((resolve) => running.server.on('refuse', resolve))
    const client = await running.connect('/')
    expect((await client.closed).code).toBe(4401)
    expect(await refused).toMatchObject({ code: 4401, reason: 'the authorization has expired' })
    expect(running.codes()).toEqual([])
  })

  it.each([['soon'], [Number.NaN], [null], [Math.floor(Date.now() / 1000) + 3600], [new Date(Number.NaN)]])(
    'refuses a client with 1011 and a report when it is %p',
    async (expiresAt) => {
      await using running = await startServer(expiring(expiresAt))
      const client = await running.connect('/')
      expect((await client.closed).code).toBe(1011)
      const { code, message } = await running.problems.next()
      expect(code).toBe('handler_failed')
      expect(message).toContain('to be a Date or milliseconds since the epoch')
    },
  )

  it('lets a client in without an end when it is undefined', async () => {
    await using running = await startServer(expiring(undefined))
    const { connection } = await connectClient(running)
    expect(connection.user).toEqual({ id: 'ada', expiresAt: undefined })
  })
})
