import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { createQueue, startOnHttp } from '../../server/support.js'

const headers = { 'content-type': 'application/json' }
const body = '{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}'

/** A server whose requests pass through `before` first. */
const start = async (before: (req: IncomingMessage) => unknown, options: SocketServerSettings = {}) => {
  const handled = createQueue<string>()
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    if (!req.headers['x-direct']) await before(req)
    await running.server.handleHttp(req, res)
    handled.push('handled')
  }
  const running = await startOnHttp(
    createServer((req, res) => void handle(req, res)),
    { maxConnectionsPerIp: 1, ...options },
  )
  running.server.methods({ echo: (params: unknown) => params })
  const post = async (more = {}) => {
    const response = await fetch(running.origin, { method: 'POST', headers: { ...headers, ...more }, body })
    const text = await response.text()
    return { status: response.status, body: text && (JSON.parse(text) as unknown) }
  }
  return { running, handled, post }
}

const readAll = async (req: IncomingMessage): Promise<string> => {
  let all = ''
  for await (const chunk of req) all += String(chunk)
  return all
}

// The call waited for an `end` event that had been emitted before, and counted as open for ever.
describe('handleHttp', () => {
  it('responds with 500 and reports the problem when the body has been read and is not in req.body', async () => {
    const { running, post } = await start(readAll)
    expect((await post()).status).toBe(500)
    expect(running.codes()).toEqual(['handler_failed'])
    expect((await post({ 'x-direct': 'yes' })).status).toBe(200)
    await running[Symbol.asyncDispose]()
  })

  it.each<[string, (text: string) => unknown]>([
    ['a text', (text) => text],
    ['bytes', (text) => Buffer.from(text)],
  ])('reads the body from req.body when a parser left %s there', async (_, toBody) => {
    const { running, post } = await start(async (req) => Object.assign(req, { body: toBody(await readAll(req)) }))
    expect(await post()).toMatchObject({ status: 200, body: { result: [1] } })
    await running[Symbol.asyncDispose]()
  })

  it('does not count a request whose client disconnected before the call', async () => {
    const arrived = createQueue<IncomingMessage>()
    const { running, handled, post } = await start(async (req) => {
      arrived.push(req)
      req.on('error', () => {})
      await new Promise((resolve) => req.once('close', resolve))
    })
    const leaving = request(running.origin, { method: 'POST', headers })
    leaving.on('error', () => {})
    leaving.write('{')
    await arrived.next()
    leaving.destroy()
    expect(await handled.next()).toBe('handled')
    expect((await post({ 'x-direct': 'yes' })).status).toBe(200)
    await running[Symbol.asyncDispose]()
  })

  it('responds with 408 when the body takes longer than handshakeTimeout', async () => {
    const { running, handled } = await start(() => undefined, { handshakeTimeout: 30 })
    const slow = request(running.origin, { method: 'POST', headers: { ...headers, 'content-length': 100 } })
    slow.on('error', () => {})
    slow.write('{')
    const [response] = (await once(slow, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(408)
    expect(await handled.next()).toBe('handled')
    expect(running.codes()).toEqual([])
    await running[Symbol.asyncDispose]()
  })
})
