import { jsonRpc, socketSubscribe, type JsonRpcOptions } from '../../../src/rpc/index.js'
import { sharedSubscriptionsFeature } from '../../../src/tabs/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { createSocketMiddleware } from '../allFeatures.js'
import { advanceTime } from '../fakeTime.js'
import { openStore, type TabStore } from './tabStore.js'
import { createTabWorld, type TabWorldOptions, type WorldTab } from './tabWorld.js'

interface Call {
  readonly id: number
  readonly method: string
  readonly params: { readonly channel: string; readonly id?: string }
}

const isCall = (method: string) => (message: unknown) => (message as Partial<Call> | undefined)?.method === method

/** What a server of {@link createSubscriptionTabs} replies with. `undefined`: nothing yet. */
export type Reply = { readonly result: unknown } | { readonly error: object } | undefined

/** Tabs that share subscriptions, and a server that counts what it has of them on its last connection. */
export const createSubscriptionTabs = async (
  count: number,
  options: TabWorldOptions & { readonly rpc?: JsonRpcOptions; readonly onSubscribe?: (key: string) => Reply } = {},
) => {
  const world = createTabWorld(options)
  const { server } = world
  const { onSubscribe = (key: string): Reply => ({ result: key }) } = options
  const log: string[] = []
  let keys = 0
  let connection: FakeConnection | undefined
  let live = new Map<string, string>()
  const reply = ({ id }: Call, body: Reply) => body && { jsonrpc: '2.0', id, ...body }
  server.reply(isCall('subscribe'), (call: Call) => {
    if (connection !== server.last) live = new Map()
    connection = server.last
    const key = `s${++keys}`
    const body = onSubscribe(key)
    log.push(`subscribe ${key}`)
    if (!body || 'result' in body) live.set(key, call.params.channel)
    return reply(call, body)
  })
  server.reply(isCall('unsubscribe'), (call: Call) => {
    const { id = '' } = call.params
    live.delete(id)
    log.push(`unsubscribe ${id}`)
    return reply(call, { result: null })
  })
  const create = createSocketMiddleware.with(sharedSubscriptionsFeature)
  const openTab = (): { readonly tab: WorldTab; readonly store: TabStore } => {
    const tab = world.open()
    return { tab, store: openStore(tab, { create, protocol: jsonRpc(options.rpc) }) }
  }
  const opened = Array.from({ length: count }, openTab)
  await advanceTime(50)
  return {
    ...world,
    openTab,
    tabs: opened.map(({ tab }) => tab),
    stores: opened.map(({ store }) => store),
    log,
    /** The keys of the subscriptions that the server has. */
    live: () => [...live.keys()],
    publish: (data: unknown) => {
      for (const [id, channel] of live) {
        server.last.send({ jsonrpc: '2.0', method: '$/push', params: { id, channel, data } })
      }
    },
    /** The server ends a subscription. */
    end: (id: string, error: object) => {
      live.delete(id)
      server.last.send({ jsonrpc: '2.0', method: '$/ended', params: { id, error } })
    },
    subscribe: (store: TabStore) => store.dispatch(socketSubscribe('news', undefined, { shared: true })),
    pushed: (store: TabStore) =>
      store.actionsOf('socket/push').map(({ payload }) => (payload as { readonly data: unknown }).data),
  }
}

export type SubscriptionTabs = Awaited<ReturnType<typeof createSubscriptionTabs>>
