import { expect, same, show } from '../client.mjs'

const section = 'Requests'

const rejected = async (client, message, id) => {
  client.send(message)
  const { error } = await client.answer(id, `${show(message)} to be refused with id ${show(id)}`)
  expect(error?.code === -32600, `expected −32600 for ${show(message)}, got ${show(error ?? 'a result')}`)
}

export const errors = [
  {
    name: 'errors.shape',
    rule: 'an error of the app arrives unchanged: code, message and data',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const error = await client.failure(name('conformance.fail'), {}, 4711)
      const expected = { code: 4711, message: 'on purpose', data: { why: ['conformance'] } }
      expect(same(error, expected), `expected ${show(expected)}, got ${show(error)}`)
    },
  },
  {
    name: 'errors.hidden',
    rule: 'a method that fails unexpectedly is answered with −32603 and no details',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const error = await client.failure(name('conformance.crash'), undefined, -32603)
      expect(!JSON.stringify(error).includes('secret'), `the error contains the secret: ${show(error)}`)
      expect(error.data === undefined, `the error has data: ${show(error)}`)
    },
  },
  {
    name: 'errors.unreadable',
    rule: 'a frame that cannot be decoded is answered with −32700 and id null, or closes with 1007',
    section,
    run: async ({ connect }) => {
      for (const frame of ['{', 'peng', '{"jsonrpc":"2.0","id":1']) {
        const client = await connect()
        client.raw(frame)
        const answered = client.answer(null, `an answer to ${show(frame)}`).catch((error) => error)
        const ended = client.closed().then(({ code }) => ({ closed: code }))
        ended.catch(() => {})
        const outcome = await Promise.race([answered, ended])
        if (outcome instanceof Error) throw outcome
        const holds = outcome.closed === 1007 || outcome.error?.code === -32700
        expect(holds, `expected −32700 with id null or a close with 1007, got ${show(outcome)}`)
      }
    },
  },
  {
    name: 'errors.invalid',
    rule: 'an invalid request is answered with −32600, and with its id if that can be read',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      await rejected(client, { jsonrpc: '2.0', id: 1, method: 7 }, 1)
      await rejected(client, { jsonrpc: '2.0', id: 'two' }, 'two')
      await rejected(client, { jsonrpc: '2.0', id: { three: 3 }, method: 'x' }, null)
      await rejected(client, { jsonrpc: '2.0', id: true, method: 'x' }, null)
      await rejected(client, { jsonrpc: '2.0' }, null)
      await client.nothingElse('each is answered once')
    },
  },
  {
    name: 'errors.method',
    rule: 'an unknown method is answered with −32601, whatever its name',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      const names = [
        'conformance.missing',
        '',
        'toString',
        'constructor',
        '__proto__',
        'hasOwnProperty',
        '$/conformance',
      ]
      for (const method of names) await client.failure(method, {}, -32601)
      await client.failure('rpc.conformance', [], -32601)
    },
  },
  {
    name: 'errors.params',
    rule: 'invalid params are answered with −32602 and the issues',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const add = name('conformance.add')
      expect((await client.result(add, [1, 2])) === 3, `${add} adds`)
      for (const params of [[1, 'two'], [], {}, undefined]) {
        const { data } = await client.failure(add, params, -32602)
        const issues = data?.issues
        const isIssue = ({ path, message } = {}) => typeof path === 'string' && typeof message === 'string'
        const holds = Array.isArray(issues) && issues.length > 0 && issues.every(isIssue)
        expect(holds, `data.issues is a list of { path, message }, got ${show(data)}`)
      }
    },
  },
  {
    name: 'errors.batch',
    rule: 'an element of a batch that is not a request is answered with −32600, the others as usual',
    section,
    part: 'batches',
    run: async ({ connect, name }) => {
      const client = await connect()
      client.send([
        7,
        { jsonrpc: '2.0', id: 1, method: name('conformance.echo'), params: [1] },
        { jsonrpc: '2.0', id: 2 },
      ])
      const answers = await client.message('an array of answers', Array.isArray)
      const of = (id) => answers.find((answer) => answer?.id === id)
      expect(answers.length === 3, `expected three answers, got ${show(answers)}`)
      expect(of(null)?.error?.code === -32600, `expected −32600 with id null, got ${show(answers)}`)
      expect(of(2)?.error?.code === -32600, `expected −32600 with id 2, got ${show(answers)}`)
      expect(same(of(1)?.result, [1]), `expected the echo, got ${show(answers)}`)
    },
  },
  {
    name: 'errors.batch-size',
    rule: 'each request of a batch that is too large is answered with −32600, in one array, and none of it is run',
    section,
    part: 'limits',
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.push')
      const calls = Array.from({ length: 101 }, (_, id) => ({ jsonrpc: '2.0', id, method, params: [id] }))
      client.send([...calls, { jsonrpc: '2.0', method, params: [] }])
      const answers = await client.message('an array of answers to 101 requests at once', Array.isArray)
      expect(answers.length === 101, `expected 101 answers, got ${answers.length}`)
      for (const { id, error } of answers) {
        expect(error?.code === -32600, `expected −32600 for ${show(id)}, got ${show(error)}`)
      }
      expect(new Set(answers.map(({ id }) => id)).size === 101, 'expected an answer to each id')
      await client.nothingElse('none of it is run')
    },
  },
  {
    name: 'errors.rate',
    rule: 'requests above the rate are all answered: later, or with −32029',
    section,
    part: 'limits',
    run: async ({ connect, name }) => {
      const client = await connect()
      const method = name('conformance.echo')
      const count = 2_200
      for (let id = 0; id < count; id++) client.send({ jsonrpc: '2.0', id, method, params: [id] })
      for (let id = 0; id < count; id++) {
        const { error, result } = await client.answer(id, 'an answer to each request')
        const holds = error ? error.code === -32029 : same(result, [id])
        expect(holds, `expected the echo or −32029, got ${show(error ?? result)}`)
      }
    },
  },
]
