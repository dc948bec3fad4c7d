import { expect, same, show } from '../client.mjs'

const section = 'Channels with history'
const part = 'history'

/** How many publications the channel keeps. */
const SIZE = 5

const isPush = (message) => message?.method === '$/push'

/** Subscribes, and checks the shape of the answer. */
const subscribed = async (client, channel, since) => {
  const result = await client.result('subscribe', { channel, ...(since && { since }) })
  const { id, recovered, epoch, offset } = result ?? {}
  const isComplete = typeof id === 'string' && typeof recovered === 'boolean' && typeof epoch === 'string'
  expect(isComplete && Number.isInteger(offset), `expected { id, recovered, epoch, offset }, got ${show(result)}`)
  return { id, recovered, epoch, offset }
}

/** Takes the next push, and compares all its members. */
const pushed = async (client, expected) => {
  const push = await client.message(`a push of ${show(expected)}`, isPush)
  const whole = { jsonrpc: '2.0', method: '$/push', params: expected }
  expect(same(push, whole), `expected ${show(whole)}, got ${show(push)}`)
}

const publisherOf = (client, name) => async (data) =>
  await client.result(name('conformance.publish'), { channel: name('conformance.history'), data })

export const history = [
  {
    name: 'history.position',
    rule: 'subscribing is answered with an epoch and an offset, and each push has the next offset',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.history')
      const publish = publisherOf(client, name)
      const { id, recovered, offset } = await subscribed(client, channel)
      expect(!recovered, 'without a position nothing is recovered')
      for (const [index, data] of ['a', 'b'].entries()) {
        await publish(data)
        await pushed(client, { id, channel, data, offset: offset + index + 1 })
      }
      await client.nothingElse('a publication comes once')
    },
  },
  {
    name: 'history.recovered',
    rule: 'subscribing with a position: the answer, what was missed in order, then what is live, each once',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.history')
      const publish = publisherOf(client, name)
      const first = await subscribed(client, channel)
      await client.result('unsubscribe', { id: first.id })
      for (let number = 1; number <= SIZE; number++) await publish(number)
      const other = await connect()
      const since = { epoch: first.epoch, offset: first.offset }
      other.send({ jsonrpc: '2.0', id: 'again', method: 'subscribe', params: { channel, since } })
      const answer = await other.message('an answer', () => true)
      expect(answer?.id === 'again', `expected the answer first, got ${show(answer)}`)
      const { id, recovered, epoch, offset } = answer.result ?? {}
      const isSame = recovered === true && epoch === since.epoch && offset === since.offset
      expect(isSame, `expected to be recovered from ${show(since)}, got ${show(answer)}`)
      await publish(SIZE + 1)
      for (let number = 1; number <= SIZE + 1; number++)
        await pushed(other, { id, channel, data: number, offset: first.offset + number })
      await other.nothingElse('a publication comes once')
      const newest = { epoch, offset: first.offset + SIZE + 1 }
      const last = await subscribed(client, channel, newest)
      const isWhole = last.recovered && last.offset === newest.offset
      expect(isWhole, `nothing was missed since ${show(newest)}, got ${show(last)}`)
    },
  },
  {
    name: 'history.lost',
    rule: 'a position that the history does not reach, that is ahead of it, or of another epoch is not recovered',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.history')
      const publish = publisherOf(client, name)
      const { id, epoch, offset: start } = await subscribed(client, channel)
      await client.result('unsubscribe', { id })
      for (let number = 0; number <= SIZE; number++) await publish(number)
      const offset = start + SIZE + 1
      const lost = [
        { epoch, offset: start },
        { epoch, offset: offset + 1 },
        { epoch: `not ${epoch}`, offset },
      ]
      for (const since of lost) {
        const answer = await subscribed(client, channel, since)
        const isTold = !answer.recovered && answer.epoch === epoch && answer.offset === offset
        expect(
          isTold,
          `expected ${show(since)} to be answered with ${show({ recovered: false, epoch, offset })}, got ${show(answer)}`,
        )
      }
      await client.nothingElse('nothing follows what is not recovered')
    },
  },
  {
    name: 'history.malformed',
    rule: 'a malformed position is refused with −32602, and one for a channel without history is ignored',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const channel = name('conformance.history')
      for (const since of [7, {}, { epoch: 1, offset: 1 }, { epoch: 'e', offset: '1' }, { epoch: 'e', offset: 0.5 }]) {
        const { error } = await client.request('subscribe', { channel, since })
        expect(error?.code === -32602, `expected −32602 for the position ${show(since)}, got ${show(error)}`)
      }
      const since = { epoch: 'e', offset: 1 }
      const id = await client.result('subscribe', { channel: name('conformance.news'), since })
      expect(typeof id === 'string', `expected the id of the subscription, got ${show(id)}`)
    },
  },
]
