import { describe, expect, it } from '@jest/globals'
import { socketClose } from '../../../../src/index.js'
import { jsonRpc, socketRequest, socketRequestStream, socketSubscribe } from '../../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { openSessionTabs } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

type Network = Awaited<ReturnType<typeof openSessionTabs>>
type SessionTab = ReturnType<Network['open']>

const ways: Readonly<Record<string, (tab: SessionTab) => Promise<void>>> = {
  'closes the connection': async (tab) => {
    void tab.dispatch(socketClose())
    await advanceTime(1_000)
  },
  'is left': async (tab) => {
    tab.tab.emit('pagehide')
    await advanceTime(5)
    tab.tab.crash()
    await advanceTime(1_000)
  },
  crashes: async (tab) => {
    tab.tab.crash()
    await advanceTime(1_000)
  },
}

const roles = ['follows', 'holds the connection'] as const

/** Two tabs; what the second one, or the first one, has at the server is to end. */
const setup = async (role: (typeof roles)[number] = 'follows') => {
  const net = await openSessionTabs(2, { protocol: jsonRpc() })
  const [holder, follower] = net.tabs
  const [going, staying] = role === 'follows' ? [follower!, holder!] : [holder!, follower!]
  const [connection] = net.network.server.connections
  const channels = () => connection!.subscriptions.map(({ channel }) => channel).toSorted()
  return { ...net, channels, connection: connection!, going, staying }
}

const cases = Object.keys(ways).flatMap((way) => roles.map((role) => [way, role] as const))

describe('a tab of a shared session', () => {
  it.each(cases)('ends its subscriptions at the server when it %s and %s', async (way, role) => {
    const { channels, going, network, staying } = await setup(role)
    for (const tab of [staying, going]) tab.dispatch(socketSubscribe('news'))
    going.dispatch(socketSubscribe('weather'))
    await advanceTime(500)
    expect(channels()).toEqual(['news', 'news', 'weather'])
    await ways[way]?.(going)
    expect(channels()).toEqual(['news'])
    expect(network.server.connections.size).toBe(1)
    const pushes: unknown[] = []
    staying.dispatch(socketSubscribe('news', undefined, { listener: (data: unknown) => void pushes.push(data) }))
    await advanceTime(100)
    void network.server.publish('news', 1)
    await advanceTime(100)
    expect(pushes).toEqual([1])
  })

  it.each(cases)('ends the replies in chunks that it reads when it %s and %s', async (way, role) => {
    const { going, network } = await setup(role)
    const ended: string[] = []
    network.server.methods({
      count: async function* () {
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          ended.push('count')
        }
      },
    })
    const reading = going.dispatch(socketRequestStream<number>('count'))[Symbol.asyncIterator]()
    void reading.next()
    await advanceTime(500)
    await ways[way]?.(going)
    expect(ended).toEqual(['count'])
  })

  it('keeps its subscriptions while it sleeps, as long as it misses nothing', async () => {
    const { channels, going, network } = await setup()
    const pushes: unknown[] = []
    going.dispatch(socketSubscribe('news', undefined, { listener: (data: unknown) => void pushes.push(data) }))
    await advanceTime(500)
    going.tab.emit('freeze')
    await advanceTime(5_000)
    expect(channels()).toEqual(['news'])
    going.tab.emit('resume')
    await advanceTime(1_000)
    void network.server.publish('news', 1)
    await advanceTime(100)
    expect([going.verdicts(), pushes, channels()]).toEqual([['new', 'resumed'], [1], ['news']])
    going.tab.crash()
    await advanceTime(1_000)
    expect(channels()).toEqual([])
  })

  it('ends its subscriptions at the server when it has slept over a message', async () => {
    const { channels, going, network, say } = await setup()
    const pushes: unknown[] = []
    going.dispatch(socketSubscribe('news', undefined, { listener: (data: unknown) => void pushes.push(data) }))
    await advanceTime(500)
    going.tab.emit('freeze')
    await advanceTime(500)
    say('missed')
    await advanceTime(500)
    expect(channels()).toEqual([])
    going.tab.emit('resume')
    await advanceTime(1_000)
    void network.server.publish('news', 1)
    await advanceTime(100)
    expect([going.verdicts(), pushes, channels()]).toEqual([['new', 'lost'], [1], ['news']])
  })

  it('ends what a tab had that has crashed together with the holder, once it holds the connection', async () => {
    const { channels, going, open, staying } = await setup()
    const last = open()
    await advanceTime(300)
    for (const tab of [staying, going, last]) tab.dispatch(socketSubscribe('news'))
    await advanceTime(500)
    for (const tab of [going, staying]) tab.tab.crash()
    await advanceTime(1_000)
    expect([last.verdicts(), channels()]).toEqual([['new', 'resumed'], ['news']])
  })

  it('ends its subscriptions when it crashes as the holder and the next one has joined late', async () => {
    const net = await openSessionTabs(1, { protocol: jsonRpc() })
    const [connection] = net.network.server.connections
    net.tabs[0]!.dispatch(socketSubscribe('news'))
    await advanceTime(500)
    net.open()
    await advanceTime(500)
    expect(connection!.subscriptions).toHaveLength(1)
    net.tabs[0]!.tab.crash()
    await advanceTime(1_000)
    expect(connection!.subscriptions).toHaveLength(0)
  })

  it('tells the others only of what lasts', async () => {
    const { going, network } = await setup()
    const notes: string[] = []
    going.tab.onPost = (note, isPosted) => {
      if (isPosted) notes.push((note as { readonly t: string }).t)
    }
    network.server.methods({ add: (n) => n })
    for (let n = 0; n < 20; n++) {
      void going.dispatch(socketRequest('add', n))
      await advanceTime(100)
    }
    expect(notes.filter((kind) => kind === 'leftovers').length).toBeLessThan(3)
  })
})
