import { describe, expect, it } from '@jest/globals'
import {
  createMemoryWebSocket,
  createSocketServer,
  memoryBus,
  type Bus,
  type ChannelMember,
  type ServerConnection,
  type ServerProblem,
  type SocketServer,
} from '../../src/server/index.js'
import { createQueue } from './support.js'

type Change = readonly ['join' | 'leave', string, ChannelMember]

const startNode = (
  options: { readonly bus?: Bus; readonly presence?: unknown; readonly authorizeChannel?: unknown } = {},
) => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({
    noServer: true,
    authorize: (req: { url?: string }) => new URL(req.url ?? '', 'ws://x').searchParams.get('user'),
    presence: ({ user }: ServerConnection, channel: string) =>
      channel.startsWith('rooms/') ? { id: String(user), info: { name: `${String(user)}!` } } : undefined,
    onError: problems.push,
    ...options,
  } as never) as unknown as SocketServer
  const changes = createQueue<Change>()
  server.on('join', (channel, member) => changes.push(['join', channel, member]))
  server.on('leave', (channel, member) => changes.push(['leave', channel, member]))
  const MemoryWebSocket = createMemoryWebSocket(server)

  /** Connects a user, who can subscribe and gets pushes. */
  const connect = async (user: string) => {
    const socket = new MemoryWebSocket(`ws://test/?user=${user}`)
    const pushes = createQueue<unknown>()
    const replies = createQueue<{ result?: string; error?: { code: number } }>()
    await new Promise((resolve) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('message', (event) => {
        const message = JSON.parse((event as unknown as { data: string }).data) as {
          params?: { data: unknown }
          result?: string
        }
        if (message.params) pushes.push(message.params.data)
        else replies.push(message)
      })
    })
    const request = async (method: string, params: unknown) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      return await replies.next()
    }
    return {
      socket,
      pushes,
      subscribe: async (channel: string) => await request('subscribe', [channel]),
      unsubscribe: async (id: string | undefined) => await request('unsubscribe', [id]),
    }
  }
  return {
    server,
    changes,
    problems,
    connect,
    [Symbol.asyncDispose]: async () => await server.close({ within: 0 }),
  }
}

const ada: ChannelMember = { id: 'ada', info: { name: 'ada!' } }
const bob: ChannelMember = { id: 'bob', info: { name: 'bob!' } }

describe('the members of a channel', () => {
  it('join with their first subscription and leave with their last, whatever ends it', async () => {
    await using node = startNode()
    const one = await node.connect('ada')
    const two = await node.connect('ada')
    const { result } = await one.subscribe('rooms/1')
    expect(await node.changes.next()).toEqual(['join', 'rooms/1', ada])
    await one.subscribe('rooms/1')
    await two.subscribe('rooms/1')
    const three = await node.connect('bob')
    await three.subscribe('rooms/1')
    expect(await node.changes.next()).toEqual(['join', 'rooms/1', bob])
    expect(node.server.members('rooms/1')).toEqual([ada, bob])
    await one.unsubscribe(result)
    one.socket.close()
    three.socket.terminate?.()
    expect(await node.changes.next()).toEqual(['leave', 'rooms/1', bob])
    two.socket.close()
    expect(await node.changes.next()).toEqual(['leave', 'rooms/1', ada])
    expect(node.server.members('rooms/1')).toEqual([])
    expect(node.changes.all).toHaveLength(4)
  })

  it('are those of all nodes, and every node reports each of them once', async () => {
    const bus = memoryBus()
    await using left = startNode({ bus })
    await using right = startNode({ bus })
    const here = await left.connect('ada')
    const there = await right.connect('ada')
    const other = await right.connect('bob')
    await here.subscribe('rooms/1')
    await there.subscribe('rooms/1')
    await other.subscribe('rooms/1')
    for (const { changes } of [left, right]) {
      expect(await changes.next()).toEqual(['join', 'rooms/1', ada])
      expect(await changes.next()).toEqual(['join', 'rooms/1', bob])
    }
    here.socket.close()
    other.socket.close()
    expect(await left.changes.next()).toEqual(['leave', 'rooms/1', bob])
    expect(left.server.members('rooms/1')).toEqual([ada])
    expect(right.server.members('rooms/1')).toEqual([ada])
  })

  it('are known to a node that starts later, and leave with a node that closes', async () => {
    const bus = memoryBus()
    await using left = startNode({ bus })
    await (await left.connect('ada')).subscribe('rooms/1')
    await left.changes.next()
    {
      await using right = startNode({ bus })
      expect(await right.changes.next()).toEqual(['join', 'rooms/1', ada])
      await (await right.connect('bob')).subscribe('rooms/1')
      expect(await left.changes.next()).toEqual(['join', 'rooms/1', bob])
    }
    expect(await left.changes.next()).toEqual(['leave', 'rooms/1', bob])
  })

  it('are pushed to who subscribes to $presence/ and the channel: all at first, then each change, from any node', async () => {
    const bus = memoryBus()
    await using left = startNode({ bus })
    await using right = startNode({ bus })
    const watching = await left.connect('ada')
    await watching.subscribe('rooms/1')
    await watching.subscribe('$presence/rooms/1')
    expect(await watching.pushes.next()).toEqual({ members: [ada] })
    const other = await right.connect('bob')
    await other.subscribe('rooms/1')
    expect(await watching.pushes.next()).toEqual({ join: bob })
    other.socket.close()
    expect(await watching.pushes.next()).toEqual({ leave: bob })
  })

  it('can be watched by who may subscribe to the channel', async () => {
    const asked: string[] = []
    await using node = startNode({
      authorizeChannel: (_connection: unknown, channel: string) => {
        asked.push(channel)
        return channel === 'rooms/1'
      },
    })
    const client = await node.connect('ada')
    expect((await client.subscribe('$presence/rooms/1')).error).toBeUndefined()
    expect((await client.subscribe('$presence/rooms/2')).error).toMatchObject({ code: -32003 })
    expect(asked).toEqual(['rooms/1', 'rooms/2'])
  })

  it('do not exist in a channel without a member, or without the option', async () => {
    await using node = startNode()
    const client = await node.connect('ada')
    await client.subscribe('news')
    expect(node.server.members('news')).toEqual([])
    await using without = startNode({
      presence: undefined,
      authorizeChannel: (_: unknown, name: string) => name === '$presence/x',
    })
    const other = await without.connect('ada')
    expect((await other.subscribe('$presence/x')).error).toBeUndefined()
    expect(without.server.members('x')).toEqual([])
    expect(node.changes.all).toEqual([])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no name')
      },
      'no name',
    ],
    ['returns no id', () => ({ id: 7 }), '"id"'],
    ['returns a large info', () => ({ id: 'a', info: 'x'.repeat(5_000) }), '4096'],
    ['returns an info that JSON cannot carry', () => ({ id: 'a', info: () => {} }), '"info"'],
  ])('do not include a connection for which "presence" %s', async (_name, presence, text) => {
    await using node = startNode({ presence })
    const client = await node.connect('ada')
    expect((await client.subscribe('rooms/1')).error).toBeUndefined()
    const problem = await node.problems.next()
    expect(problem).toMatchObject({ code: 'handler_failed', message: expect.stringContaining(text) })
    expect(node.server.members('rooms/1')).toEqual([])
  })

  it('do not change with the object that "presence" returned', async () => {
    const shared = { id: 'ada', info: { name: 'ada!' } }
    await using node = startNode({ presence: () => shared })
    await (await node.connect('ada')).subscribe('rooms/1')
    await node.changes.next()
    shared.info.name = 'changed'
    expect(node.server.members('rooms/1')).toEqual([ada])
  })
})
