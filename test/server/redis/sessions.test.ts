import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import {
  redisSessions,
  type NewSession,
  type SessionSnapshot,
  type SessionStore,
} from '../../../src/server/redis/index.js'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { command } from '../../support/redisTopology.js'

let redis: RedisServer
let store: SessionStore

/** Resolves when the store can be reached. */
const reach = async (one: SessionStore, expected = true): Promise<void> => {
  await new Promise<void>((resolve) => {
    const stop = one.onReach((isReachable) => {
      if (isReachable !== expected) return
      resolve()
      queueMicrotask(() => stop())
    })
  })
}

beforeAll(async () => {
  redis = await startRedis()
  store = redisSessions({ url: redis.url, prefix: 'app:' })
  await reach(store)
})
afterAll(async () => {
  await store.close()
  await redis[Symbol.asyncDispose]()
})

let serial = 0
const newSession = (more: Partial<NewSession> = {}): NewSession => ({
  hash: `h${++serial}`,
  id: `id${serial}`,
  owner: 'ann',
  node: 'n1',
  codec: '',
  ttl: 1_000,
  ...more,
})

const created = async (more: Partial<NewSession> = {}, on = store): Promise<NewSession> => {
  const session = newSession(more)
  await on.create(session)
  return session
}

const text = (number: number) => ({ number, frame: `frame ${number}` })

const claimed = async (hash: string, node: string, turn: number, sent: number) => {
  const session = await store.claim(hash, node, turn, sent)
  if (session === undefined || session === 'late') throw new Error(`not claimed: ${session}`)
  return session
}

describe('find', () => {
  it('tells who has a session, and raises the turn only for its owner and only when it is greater', async () => {
    const { hash, id } = await created()
    const found = { id, owner: 'ann', node: 'n1', generation: 1, isStale: false, isLate: false }
    expect(await store.find(hash, 'eve', 9)).toEqual(found)
    expect(await store.find(hash, 'ann', 2)).toEqual(found)
    expect(await store.find(hash, 'ann', 2)).toEqual({ ...found, isLate: true })
    expect(await store.find(hash, 'ann', 1)).toEqual({ ...found, isLate: true })
    expect(await store.find('unknown', 'ann', 1)).toBeUndefined()
  })
})

describe('claim', () => {
  it('makes the process the owner, and returns the record with the frames that are not acknowledged', async () => {
    const { hash, id } = await created({ codec: 'cbor', ttl: 5_000 })
    await store.append(hash, 1, [text(1), text(2), text(3)])
    await store.handled(hash, 1, 4, '{"name":"Ann"}')
    await store.acked(hash, 1, 1)
    await store.release(hash, 1, 5)
    const session: SessionSnapshot & { tries: number } = {
      hash,
      id,
      owner: 'ann',
      node: 'n2',
      codec: 'cbor',
      ttl: 5_000,
      generation: 2,
      turn: 3,
      handled: 5,
      top: 3,
      acked: 1,
      doubt: 0,
      tries: 0,
      data: '{"name":"Ann"}',
      frames: [text(2), text(3)],
    }
    expect(await store.find(hash, 'ann', 2)).toMatchObject({ node: '' })
    expect(await store.claim(hash, 'n2', 1, 5)).toBe('late')
    expect(await store.claim(hash, 'n2', 3, 5)).toEqual(session)
    expect(await store.claim('unknown', 'n2', 3, 5)).toBeUndefined()
  })

  it('by force puts what the client has sent in doubt, and counts the tries without progress', async () => {
    const { hash } = await created()
    await store.handled(hash, 1, 2)
    const first = await claimed(hash, 'n2', 1, 5)
    const second = await claimed(hash, 'n3', 2, 4)
    const third = await claimed(hash, 'n4', 3, 6)
    expect([first, second, third].map(({ doubt, tries }) => [doubt, tries])).toEqual([
      [5, 1],
      [5, 2],
      [6, 3],
    ])
    await store.handled(hash, 4, 3)
    expect(await claimed(hash, 'n5', 4, 6)).toMatchObject({ tries: 1 })
    await store.handled(hash, 5, 6)
    expect(await claimed(hash, 'n6', 5, 6)).toMatchObject({ tries: 0, doubt: 6 })
    await store.release(hash, 6, 6)
    expect(await claimed(hash, 'n7', 6, 9)).toMatchObject({ tries: 0, doubt: 6 })
  })

  it('does not return a session whose stream has lost frames', async () => {
    const { hash } = await created()
    await store.append(hash, 1, [text(1), text(2)])
    await command(redis.url, ['DEL', `app:o:{${hash}}`])
    expect(await store.claim(hash, 'n2', 1, 0)).toBeUndefined()
  })
})

describe('a write', () => {
  const writes: readonly (readonly [
    string,
    (one: SessionStore, hash: string, generation: number) => Promise<string>,
  ])[] = [
    ['append', async (one, hash, generation) => await one.append(hash, generation, [text(1)])],
    ['handled', async (one, hash, generation) => await one.handled(hash, generation, 1, '{}')],
    ['acked', async (one, hash, generation) => await one.acked(hash, generation, 0)],
    ['release', async (one, hash, generation) => await one.release(hash, generation, 1)],
  ]

  it.each(writes)(
    '%s answers ok to the owner, moved to an earlier one, gone without a record or to a later one',
    async (_name, write) => {
      const { hash } = await created()
      expect(await write(store, hash, 1)).toBe('ok')
      await claimed(hash, 'n2', 1, 0)
      expect(await write(store, hash, 1)).toBe('moved')
      expect(await write(store, hash, 3)).toBe('gone')
      expect(await write(store, 'unknown', 1)).toBe('gone')
    },
  )

  it.each(writes)('%s answers moved after a release, whose answer may have been lost', async (_name, write) => {
    const { hash } = await created()
    expect(await store.release(hash, 1, 0)).toBe('ok')
    expect(await store.peek(hash)).toEqual({ generation: 1, isStale: false, node: '' })
    expect(await write(store, hash, 1)).toBe('moved')
  })

  it.each(writes)('%s renews the time to live', async (_name, write) => {
    const { hash } = await created({ ttl: 10_000 })
    await store.append(hash, 1, [text(1)])
    await command(redis.url, ['PEXPIRE', `app:s:{${hash}}`, '500'], ['PEXPIRE', `app:o:{${hash}}`, '500'])
    await write(store, hash, 1)
    for (const key of [`app:s:{${hash}}`, `app:o:{${hash}}`]) {
      // oxlint-disable-next-line no-await-in-loop
      const left = Number(await command(redis.url, ['PTTL', key]))
      expect(left).toBeGreaterThan(10_000)
      expect(left).toBeLessThanOrEqual(15_000)
    }
  })

  it('append leaves out known numbers, and answers gone when there would be a hole', async () => {
    const { hash } = await created()
    expect(await store.append(hash, 1, [text(1), text(2)])).toBe('ok')
    expect(await store.append(hash, 1, [text(1), text(2), text(3)])).toBe('ok')
    expect(await store.append(hash, 1, [text(5)])).toBe('gone')
    expect(await claimed(hash, 'n2', 1, 0)).toMatchObject({ top: 3, frames: [text(1), text(2), text(3)] })
  })

  it('append sends the frames of a tick in one command, and before what follows', async () => {
    const { hash } = await created()
    const calls = async () => {
      const info = String(await command(redis.url, ['INFO', 'commandstats']))
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1])
    }
    const before = await calls()
    const answers = await Promise.all([
      ...Array.from({ length: 50 }, async (_, index) => await store.append(hash, 1, [text(index + 1)])),
      store.acked(hash, 1, 49),
    ])
    expect(await calls()).toBe(before + 2)
    expect(answers).toEqual(Array.from({ length: 51 }, () => 'ok'))
    expect(await claimed(hash, 'n2', 1, 0)).toMatchObject({ top: 50, frames: [text(50)] })
  })

  it('restore writes all the owner knows, unless a later one has it', async () => {
    const { hash, ...rest } = newSession()
    const snapshot: SessionSnapshot = {
      ...rest,
      hash,
      generation: 3,
      turn: 4,
      handled: 5,
      top: 7,
      acked: 5,
      doubt: 2,
      data: '1',
      frames: [text(6), text(7)],
    }
    expect(await store.restore(snapshot)).toBe('ok')
    expect(await store.peek(hash)).toMatchObject({ generation: 3, isStale: false })
    expect(await store.append(hash, 3, [text(7), text(8)])).toBe('ok')
    expect(await claimed(hash, 'n2', 5, 4)).toEqual({
      ...snapshot,
      node: 'n2',
      generation: 4,
      turn: 5,
      top: 8,
      doubt: 4,
      tries: 0,
      frames: [text(6), text(7), text(8)],
    })
    expect(await store.restore(snapshot)).toBe('moved')
  })

  it('remove leaves the session of a later owner', async () => {
    const { hash } = await created()
    await claimed(hash, 'n2', 1, 0)
    await store.remove(hash, 1)
    expect(await store.peek(hash)).toMatchObject({ generation: 2, isStale: false })
    await store.remove(hash, 2)
    expect(await store.peek(hash)).toBeUndefined()
    expect(await command(redis.url, ['EXISTS', `app:o:{${hash}}`])).toBe(0)
  })
})

describe('frames', () => {
  it('come back as they were: texts with any character, and bytes', async () => {
    const { hash } = await created()
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const frames = [
      { number: 1, frame: 'ünïcode \u2028 \0 😀 "quoted"\r\n' },
      { number: 2, frame: bytes },
      { number: 3, frame: bytes.buffer },
      { number: 4, frame: new DataView(bytes.buffer, 10, 3) },
      { number: 5, frame: '' },
      { number: 6, frame: new Uint8Array() },
    ]
    await store.append(hash, 1, frames)
    expect((await claimed(hash, 'n2', 1, 0)).frames.map(({ frame }) => frame)).toEqual([
      frames[0]?.frame,
      bytes,
      bytes,
      bytes.slice(10, 13),
      '',
      new Uint8Array(),
    ])
  })
})

describe('a record', () => {
  it('expires 1.5 times its ttl after the last write', async () => {
    const { hash } = await created({ ttl: 40 })
    const stillThere = async (): Promise<void> => {
      if ((await store.peek(hash)) !== undefined) await stillThere()
    }
    await stillThere()
    expect(await store.find(hash, 'ann', 1)).toBeUndefined()
    expect(await store.handled(hash, 1, 1)).toBe('gone')
  })
})

describe('scripts', () => {
  it('run after Redis has forgotten them', async () => {
    const { hash } = await created()
    await command(redis.url, ['SCRIPT', 'FLUSH'])
    expect(await store.handled(hash, 1, 1)).toBe('ok')
  })
})

/** A store of another process, which answers requests; it can be reached. */
const startOther = async (node: string, release: (hash: string, turn: number) => Promise<boolean>) => {
  const other = redisSessions({ client: createClient({ url: redis.url }), prefix: 'app:' })
  const stop = other.answerReleases(node, release)
  await reach(other)
  return { stop, [Symbol.asyncDispose]: async () => await other.close() }
}

describe('a release', () => {
  it('is asked of the process by its name, and answered', async () => {
    const asked: unknown[] = []
    await using other = await startOther('n9', async (...args) => {
      asked.push(args)
      return await Promise.resolve(args[1] < 5)
    })
    expect(await store.requestRelease('n9', 'h', 4)).toBe(true)
    expect(await store.requestRelease('n9', 'h', 5)).toBe(false)
    expect(asked).toEqual([
      ['h', 4],
      ['h', 5],
    ])
    other.stop()
    expect(await store.requestRelease('n9', 'h', 4)).toBe(false)
    expect(asked.length).toBe(2)
  })

  it('is refused at once when no process has the name, and by a process whose answer fails', async () => {
    expect(await store.requestRelease('nobody', 'h', 1)).toBe(false)
    await using other = await startOther('n10', async () => await Promise.reject(new Error('no')))
    expect(await store.requestRelease('n10', 'h', 1)).toBe(false)
    other.stop()
  })

  it('is refused after 1 s without an answer', async () => {
    await using other = await startOther('n11', async () => await new Promise(() => {}))
    expect(await store.requestRelease('n11', 'h', 1)).toBe(false)
    other.stop()
  })

  it('ignores other messages on its channel', async () => {
    await using other = await startOther('n12', async () => await Promise.resolve(true))
    await command(redis.url, ['PUBLISH', 'app:node:n12', 'hello'], ['PUBLISH', 'app:node:n12', 'null'])
    expect(await store.requestRelease('n12', 'h', 1)).toBe(true)
    other.stop()
  })
})

describe('a restart of Redis', () => {
  const restart = async (server: RedisServer, one: SessionStore): Promise<void> => {
    await server.kill()
    await reach(one, false)
    await server.start()
    await reach(one)
  }
  const persistent = { more: { appendonly: 'yes', appendfsync: 'always' } }

  it('with persistence makes the sessions stale; the owner restores its own', async () => {
    await using server = await startRedis(persistent)
    const one = redisSessions({ url: server.url })
    await reach(one)
    const { hash, ...rest } = await created({}, one)
    expect(await one.append(hash, 1, [text(1)])).toBe('ok')
    await restart(server, one)
    expect(await one.find(hash, 'ann', 1)).toMatchObject({ isStale: true })
    expect(await one.peek(hash)).toMatchObject({ generation: 1, isStale: true })
    expect(await one.claim(hash, 'n2', 1, 0)).toBeUndefined()
    expect(await one.append(hash, 1, [text(2)])).toBe('gone')
    const snapshot = {
      ...rest,
      hash,
      generation: 1,
      turn: 1,
      handled: 0,
      top: 2,
      acked: 1,
      doubt: 0,
      data: '',
      frames: [text(2)],
    }
    expect(await one.restore(snapshot)).toBe('ok')
    expect(await one.peek(hash)).toMatchObject({ generation: 1, isStale: false })
    await one.close()
  })

  it('with persistence and durable keeps the sessions', async () => {
    await using server = await startRedis(persistent)
    const one = redisSessions({ url: server.url, durable: true })
    await reach(one)
    const { hash } = await created({}, one)
    await one.append(hash, 1, [text(1)])
    await restart(server, one)
    expect(await one.find(hash, 'ann', 1)).toMatchObject({ isStale: false })
    expect(await one.claim(hash, 'n2', 1, 0)).toMatchObject({ frames: [text(1)] })
    await one.close()
  })

  it('without persistence loses them', async () => {
    await using server = await startRedis()
    const one = redisSessions({ url: server.url })
    await reach(one)
    const { hash } = await created({}, one)
    const lost = new Promise<Error | undefined>((resolve) => {
      one.onReach((isReachable, error) => {
        if (!isReachable) resolve(error)
      })
    })
    await restart(server, one)
    expect(await lost).toBeInstanceOf(Error)
    expect(await one.find(hash, 'ann', 1)).toBeUndefined()
    expect(await one.handled(hash, 1, 1)).toBe('gone')
    await one.close()
  })

  it('makes writes fail while it lasts', async () => {
    await using server = await startRedis()
    const one = redisSessions({ url: server.url })
    await reach(one)
    await server.kill()
    await reach(one, false)
    await expect(one.handled('h', 1, 1)).rejects.toThrow('Redis is unreachable.')
    await one.close()
    await expect(one.peek('h')).rejects.toThrow('Redis is unreachable.')
  })
})

describe('redisSessions', () => {
  it('throws invalid_option for malformed options, without the url', () => {
    const malformed = [
      undefined,
      {},
      { url: 'http://user:swordfish@x' },
      { url: redis.url, durable: 1 },
      { url: redis.url, ttl: 5 },
    ]
    for (const options of malformed) {
      const create = () => redisSessions(options as never)
      expect(create).toThrow(expect.objectContaining({ code: 'invalid_option' }))
      expect(create).not.toThrow('swordfish')
    }
  })
})
