import { expect, same, show } from '../client.mjs'

const section = 'HTTP'
const part = 'http'

const post = async ({ http, timeout }, body, more = {}) => {
  const { headers = { 'content-type': 'application/json' }, ...init } = more
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(http, {
    method: 'POST',
    headers,
    ...(sent !== undefined && { body: sent }),
    ...init,
    signal: AbortSignal.timeout(timeout),
  })
  const text = await response.text()
  return { status: response.status, type: response.headers.get('content-type') ?? '', text }
}

const posted = async (context, status, body, more) => {
  const response = await post(context, body, more)
  expect(response.status === status, `expected ${status}, got ${response.status} ${show(response.text)}`)
  return response
}

const answered = async (context, status, body) => {
  const { type, text } = await posted(context, status, body)
  expect(type.startsWith('application/json'), `an answer is application/json, got ${show(type)}`)
  return JSON.parse(text)
}

const call = (id, method, params) => ({ jsonrpc: '2.0', id, method, params })

export const http = [
  {
    name: 'http.call',
    rule: 'a call is answered with 200, with a result or an error',
    section,
    part,
    run: async (context) => {
      const echoed = await answered(context, 200, call(1, context.name('conformance.echo'), ['Grüße']))
      expect(same(echoed, { jsonrpc: '2.0', id: 1, result: ['Grüße'] }), `expected the echo, got ${show(echoed)}`)
      const { error, id } = await answered(context, 200, call('2', context.name('conformance.fail'), {}))
      expect(id === '2' && error?.code === 4711, `expected the error 4711, got ${show(error)}`)
    },
  },
  {
    name: 'http.batch',
    rule: 'a batch is answered as one array',
    section,
    part,
    run: async (context) => {
      const method = context.name('conformance.echo')
      const answers = await answered(context, 200, [call(1, method, ['a']), call(2, method, ['b'])])
      expect(Array.isArray(answers) && answers.length === 2, `expected two answers, got ${show(answers)}`)
    },
  },
  {
    name: 'http.notification',
    rule: 'a body with only notifications is answered with 204',
    section,
    part,
    run: async (context) => {
      const method = context.name('conformance.echo')
      for (const body of [call(undefined, method, []), [call(undefined, method, [])]]) {
        const { text } = await posted(context, 204, body)
        expect(text === '', `expected no body, got ${show(text)}`)
      }
    },
  },
  {
    name: 'http.unreadable',
    rule: 'a body that is not JSON is answered with 400 and −32700',
    section,
    part,
    run: async (context) => {
      const { error, id } = await answered(context, 400, '{')
      expect(error?.code === -32700 && id === null, `expected −32700 with id null, got ${show(error)}`)
    },
  },
  {
    name: 'http.others',
    rule: 'another method than POST is answered with 405, another type than JSON with 415',
    section,
    part,
    run: async (context) => {
      await posted(context, 405, undefined, { method: 'GET' })
      await posted(context, 415, '{}', { headers: { 'content-type': 'text/plain' } })
    },
  },
  {
    name: 'http.size',
    rule: 'a body that is too large is answered with 413',
    section,
    part,
    run: async (context) => {
      await posted(context, 413, JSON.stringify('x'.repeat(context.maxPayload)))
    },
  },
  {
    name: 'http.subscriptions',
    rule: 'subscribe is answered with −32601, because HTTP has no subscriptions',
    section,
    part,
    run: async (context) => {
      const { error } = await answered(context, 200, call(1, 'subscribe', { channel: 'conformance.news' }))
      expect(error?.code === -32601, `expected −32601, got ${show(error)}`)
    },
  },
]
