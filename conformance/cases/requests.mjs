import { expect, same, show } from '../client.mjs'

const section = 'Requests'

const call = (id, method, params) => ({ jsonrpc: '2.0', id, method, params })
const notification = (method, params) => ({ jsonrpc: '2.0', method, params })

const isFor = (method) => (message) => message?.method === method

export const requests = [
  {
    name: 'requests.values',
    rule: 'params and results arrive unchanged, also 0, "", false and null',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const lists = [[], [0, '', false, null], [1.5, -1, 1e21], ['"\\\u0000\u2028🦜'], [[[]]], [{ a: { b: [{}] } }]]
      for (const params of [...lists, {}, { id: 7, method: 'x', jsonrpc: '2.0', result: 1, error: 2 }]) {
        const result = await client.result(name('conformance.echo'), params)
        expect(same(result, params), `expected ${show(params)}, got ${show(result)}`)
      }
      const sum = await client.result(name('conformance.add'), [1, -1])
      expect(sum === 0, `expected the result 0, got ${show(sum)}`)
    },
  },
  {
    name: 'requests.null',
    rule: 'a method without a result is answered with null',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const result = await client.result(name('conformance.echo'))
      expect(result === null, `an echo of no params is null, got ${show(result)}`)
    },
  },
  {
    name: 'requests.ids',
    rule: 'an id comes back as it was sent: a string as a string, a number as a number',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      for (const id of ['1', 1, 0, '', -7, 1.5, 'ä', 9007199254740991]) {
        client.send(call(id, name('conformance.echo'), [id]))
        expect(same((await client.answer(id)).result, [id]), `the echo with id ${show(id)} came back changed`)
      }
      await client.nothingElse('each request is answered once')
    },
  },
  {
    name: 'requests.notification',
    rule: 'a call without an id is run and not answered',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.push')
      client.send(notification(method, { n: 1 }))
      await client.message(`${method} to push`, isFor('$/push'))
      client.send(notification('conformance.missing'))
      client.send(notification(name('conformance.crash')))
      await client.nothingElse('a notification is not answered')
    },
  },
  {
    name: 'requests.protocol',
    rule: 'unknown notifications whose names begin with $/ are ignored',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      client.send(notification('$/conformance', { any: 'thing' }))
      client.send(notification('$/'))
      await client.nothingElse('an unknown notification of the protocol is ignored')
    },
  },
  {
    name: 'requests.stray',
    rule: 'an answer that no request waits for is ignored',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      client.send({ jsonrpc: '2.0', id: 'unknown', result: 1 })
      client.send({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'unknown' } })
      client.send({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'unknown' } })
      client.send([{ jsonrpc: '2.0', id: 'unknown', result: 1 }])
      await client.nothingElse('an answer is not answered')
    },
  },
  {
    name: 'requests.concurrent',
    rule: 'a slow request does not delay the answers to others',
    section,
    part: 'cancel',
    run: async ({ connect, name }) => {
      const client = await connect()
      client.send(call('slow', name('conformance.wait')))
      await client.nothingElse('a method that waits is not answered yet')
    },
  },
  {
    name: 'requests.cancel',
    rule: 'a request that is cancelled is answered, with −32800',
    section,
    part: 'cancel',
    run: async ({ connect, name }) => {
      const client = await connect()
      client.send(call(1, name('conformance.wait')))
      client.send(call('1', name('conformance.wait')))
      client.send(notification('$/cancelRequest', { id: 1 }))
      const { error } = await client.answer(1)
      expect(error?.code === -32800, `expected −32800, got ${show(error ?? 'a result')}`)
      await client.nothingElse('only the cancelled request is answered, not the notification')
      client.send(notification('$/cancelRequest', { id: '1' }))
      expect((await client.answer('1')).error?.code === -32800, 'expected −32800 for the other one')
    },
  },
  {
    name: 'requests.cancel-unknown',
    rule: 'cancelling an unknown request is ignored',
    section,
    part: 'cancel',
    run: async ({ connect }) => {
      const client = await connect()
      for (const params of [{ id: 'none' }, {}, [], undefined]) client.send(notification('$/cancelRequest', params))
      await client.nothingElse('cancelling is not answered')
    },
  },
  {
    name: 'requests.batch',
    rule: 'a batch is answered with one array, without its notifications',
    section,
    part: 'batches',
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.echo')
      client.send([call(1, method, ['a']), notification(method, ['b']), call('2', method, ['c'])])
      const answers = await client.message('an array of answers', Array.isArray)
      expect(answers.length === 2, `expected two answers, got ${show(answers)}`)
      const of = (id) => answers.find((answer) => answer?.id === id)?.result
      expect(same([of(1), of('2')], [['a'], ['c']]), `expected the echoes of 1 and "2", got ${show(answers)}`)
      client.send([call(3, method, ['d'])])
      const single = await client.message('an array of one answer', Array.isArray)
      expect(single.length === 1 && single[0]?.id === 3, `expected one answer, got ${show(single)}`)
      await client.nothingElse('a batch is answered once')
    },
  },
  {
    name: 'requests.batch-notifications',
    rule: 'a batch of notifications is not answered',
    section,
    part: 'batches',
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.push')
      client.send([notification(method, 1), notification(method, 2)])
      await client.message('a push', isFor('$/push'))
      await client.message('a second push', isFor('$/push'))
      await client.nothingElse('a batch of notifications is not answered')
    },
  },
  {
    name: 'requests.ask',
    rule: 'requests of the server have a string or a number as their id, and accept the client’s answer',
    section,
    part: 'ask',
    run: async ({ connect, name }) => {
      const client = await connect()
      client.send(call('ask', name('conformance.ask'), { n: 1 }))
      const request = await client.message('a request of the server', isFor('conformance.question'))
      expect(request.jsonrpc === '2.0', `a request has "jsonrpc": "2.0", got ${show(request)}`)
      expect(['string', 'number'].includes(typeof request.id), `an id is a string or a number, got ${show(request)}`)
      expect(same(request.params, { n: 1 }), `expected the params { "n": 1 }, got ${show(request.params)}`)
      client.send({ jsonrpc: '2.0', id: request.id, result: { answer: 42 } })
      expect(same((await client.answer('ask')).result, { answer: 42 }), 'the client’s answer did not arrive')
    },
  },
]
