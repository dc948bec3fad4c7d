import { expect, same, show } from '../client.mjs'

const section = 'Subscriptions'
const part = 'subscriptions'

const isPush = (message) => message?.method === '$/push'

const subscribed = async (client, channel, params) => {
  const id = await client.result('subscribe', { channel, ...(params !== undefined && { params }) })
  expect(typeof id === 'string', `the result of subscribe is a string, got ${show(id)}`)
  return id
}

/** Takes the next push, and compares all its members. */
const pushed = async (client, expected) => {
  const push = await client.message(`a push of ${show(expected)}`, isPush)
  const whole = { jsonrpc: '2.0', method: '$/push', params: expected }
  expect(same(push, whole), `expected ${show(whole)}, got ${show(push)}`)
}

export const subscriptions = [
  {
    name: 'subscriptions.push',
    rule: 'published data arrives as $/push, with the id of the subscription, the channel and the data',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.news')
      const id = await subscribed(client, channel, { any: 'thing' })
      for (const data of [{ title: 'Hello' }, 0, '', false, null]) {
        await client.result(name('conformance.publish'), { channel, data })
        await pushed(client, { id, channel, data })
      }
      await client.nothingElse('a publication comes once')
    },
  },
  {
    name: 'subscriptions.order',
    rule: 'the answer comes before the first push',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.ticks')
      client.send({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel, params: { count: 3 } } })
      const first = await client.message('an answer', () => true)
      expect(first?.id === 1, `expected the answer first, got ${show(first)}`)
      for (const data of [1, 2, 3]) await pushed(client, { id: first.result, channel, data })
      await client.nothingElse('three ticks were asked for')
    },
  },
  {
    name: 'subscriptions.list',
    rule: 'params may be a list: [channel, params] and [id]',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.ticks')
      const id = await client.result('subscribe', [channel, { count: 1 }])
      await pushed(client, { id, channel, data: 1 })
      expect((await client.result('unsubscribe', [id])) === true, 'the result of unsubscribe is true')
    },
  },
  {
    name: 'subscriptions.ids',
    rule: 'ids are unique among the live subscriptions of a connection, and each gets the data',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.news')
      const ids = [
        await subscribed(client, channel),
        await subscribed(client, channel),
        await subscribed(client, channel),
      ]
      expect(new Set(ids).size === 3, `three subscriptions have three ids, got ${show(ids)}`)
      await client.result('unsubscribe', { id: ids[1] })
      await client.result(name('conformance.publish'), { channel, data: 1 })
      const pushes = [await client.message('a push', isPush), await client.message('a second push', isPush)]
      const pushedIds = pushes.map(({ params }) => params?.id)
      const isEach = new Set(pushedIds).size === 2 && pushedIds.includes(ids[0]) && pushedIds.includes(ids[2])
      expect(isEach, `expected pushes for ${show([ids[0], ids[2]])}, got ${show(pushedIds)}`)
      await client.nothingElse('each of the two is pushed to once')
    },
  },
  {
    name: 'subscriptions.unsubscribe',
    rule: 'unsubscribe ends a subscription: true, or false for an unknown id, and no push after the answer',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.news')
      const id = await subscribed(client, channel)
      expect((await client.result('unsubscribe', { id })) === true, 'the result is true')
      expect((await client.result('unsubscribe', { id })) === false, 'the result for an unknown id is false')
      expect((await client.result('unsubscribe', { id: 'none' })) === false, 'the result for an unknown id is false')
      await client.result(name('conformance.publish'), { channel, data: 1 })
      await client.nothingElse('a subscription that has ended gets no push')
    },
  },
  {
    name: 'subscriptions.notified',
    rule: 'subscribe as a notification creates no subscription, unsubscribe as a notification ends one',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.news')
      client.send({ jsonrpc: '2.0', method: 'subscribe', params: { channel } })
      await client.result(name('conformance.publish'), { channel, data: 1 })
      await client.nothingElse('a subscribe without an id gets no push')
      const id = await subscribed(client, channel)
      client.send({ jsonrpc: '2.0', method: 'unsubscribe', params: { id } })
      await client.result(name('conformance.publish'), { channel, data: 2 })
      await client.nothingElse('a subscription that a notification ended gets no push')
    },
  },
  {
    name: 'subscriptions.others',
    rule: 'a client without a subscription to the channel gets no push',
    section,
    part,
    run: async ({ connect, name }) => {
      const [reader, other] = [await connect(), await connect()]
      const channel = name('conformance.news')
      await subscribed(other, name('conformance.ticks'), { count: 0 })
      const id = await subscribed(reader, channel)
      await reader.result(name('conformance.publish'), { channel, data: 1 })
      await pushed(reader, { id, channel, data: 1 })
      await other.nothingElse('another channel gets no push')
      expect(
        (await other.result('unsubscribe', { id: `${id} of another` })) === false,
        'the id of another connection is unknown',
      )
    },
  },
  {
    name: 'subscriptions.connection',
    rule: 'subscriptions end with the connection',
    section,
    part,
    run: async ({ connect, name }) => {
      const first = await connect()
      const channel = name('conformance.news')
      await subscribed(first, channel)
      first.ws.close(1000)
      await first.closed()
      const second = await connect()
      await second.result(name('conformance.publish'), { channel, data: 1 })
      await second.nothingElse('a new connection has no subscriptions')
    },
  },
  {
    name: 'subscriptions.names',
    rule: 'a channel has 1 to 256 characters; any other is answered with −32602',
    section,
    part,
    run: async ({ connect }) => {
      const client = await connect()
      const bad = [{ channel: '' }, { channel: 'x'.repeat(257) }, { channel: 7 }, {}, [], [null], undefined]
      for (const params of bad) await client.failure('subscribe', params, -32602)
      const { error } = await client.request('subscribe', { channel: 'x'.repeat(256) })
      expect(error?.code !== -32602, 'a name may have 256 characters')
      for (const params of [{}, [], { id: 7 }, undefined]) await client.failure('unsubscribe', params, -32602)
    },
  },
  {
    name: 'subscriptions.forbidden',
    rule: 'a subscription that is not allowed is answered with −32003',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      await client.failure('subscribe', { channel: name('conformance.forbidden') }, -32003)
    },
  },
  {
    name: 'subscriptions.ended',
    rule: 'a subscription whose source fails ends with $/ended, after the answer',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.broken')
      const id = await subscribed(client, channel)
      const ended = await client.message('$/ended', (message) => message?.method === '$/ended')
      const error = { code: 4711, message: 'on purpose', data: { why: ['conformance'] } }
      const whole = { jsonrpc: '2.0', method: '$/ended', params: { id, channel, error } }
      expect(same(ended, whole), `expected ${show(whole)}, got ${show(ended)}`)
      expect((await client.result('unsubscribe', { id })) === false, 'it has ended: the result of unsubscribe is false')
      await client.nothingElse('it ends once')
    },
  },
  {
    name: 'subscriptions.method',
    rule: 'a push of a method has the method’s name as its channel, and no id',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.push')
      await client.result(method, { n: 1 })
      await pushed(client, { channel: method, data: { n: 1 } })
      await client.nothingElse('it pushes once')
    },
  },
]
