import { createServer, type IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { startOnHttp } from '../../server/support.js'

const readAll = async (req: IncomingMessage): Promise<string> => {
  let all = ''
  for await (const chunk of req) all += String(chunk)
  return all
}

const call = (params: string): string => `{"jsonrpc":"2.0","id":1,"method":"merge","params":${params}}`

/** A server with a body parser in front, which sets `req.body`. The result is the status and the body of a response. */
const postThrough = async (parse: (req: IncomingMessage) => Promise<unknown>, body: string) => {
  const merged: unknown[] = []
  const http = createServer(
    (req, res) =>
      void parse(req).then(
        async (parsed) => await running.server.handleHttp(Object.assign(req, { body: parsed }), res),
      ),
  )
  await using running = await startOnHttp(http)
  running.server.methods({ merge: (params: unknown) => merged.push(params) })
  const response = await fetch(running.origin, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const text = await response.text()
  return { status: response.status, body: text && (JSON.parse(text) as unknown), merged, codes: running.codes() }
}

// What express.json() does.
const parseJson = async (req: IncomingMessage): Promise<unknown> => JSON.parse(await readAll(req))

describe('handleHttp behind a body parser', () => {
  it.each([
    ['__proto__', '{"__proto__":{"isAdmin":true}}'],
    ['an escaped __proto__', '{"\\u005f_proto__":{"isAdmin":true}}'],
    ['constructor.prototype', '{"a":[{"constructor":{"prototype":{"isAdmin":true}}}]}'],
  ])('responds with 400 to params with the key %s, as it does without a parser', async (_, params) => {
    for (const parse of [parseJson, async () => await Promise.resolve(undefined)]) {
      expect(await postThrough(parse, call(params))).toEqual({
        status: 400,
        body: { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } },
        merged: [],
        codes: [],
      })
    }
  })

  it.each<[string, unknown]>([
    ['{}', {}],
    ['null', null],
    ['an empty text', ''],
    ['an object without a prototype', Object.create(null)],
  ])('reads the body itself when the parser left %s and the body unread, as express 4 does', async (_, left) => {
    const answer = await postThrough(async () => await Promise.resolve(left), call('[1]'))
    expect(answer).toMatchObject({ status: 200, body: { result: 1 }, merged: [[1]] })
  })

  it.each([['{}'], ['[]'], ['null'], ['5'], ['true']])('answers a parsed %s with -32600', async (body) => {
    const answer = await postThrough(parseJson, body)
    expect(answer).toMatchObject({ status: 200, body: { id: null, error: { code: -32600 } }, merged: [], codes: [] })
  })

  it('takes a message from req.body also when the body was not read from the request', async () => {
    const answer = await postThrough(
      async () => await Promise.resolve(JSON.parse(call('[1]')) as unknown),
      'something else',
    )
    expect(answer).toMatchObject({ status: 200, merged: [[1]] })
  })
})
