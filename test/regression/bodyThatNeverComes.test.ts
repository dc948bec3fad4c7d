import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import type { SocketServerOptions } from '../../src/server/index.js'
import { createQueue, runOnHttp } from '../server/support.js'

const headers = { 'content-type': 'application/json' }
const body = '{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}'

/** A server whose requests go through `before` first. */
const start = async (before: (req: IncomingMessage) => unknown, options: SocketServerOptions = {}) => {
  const handled = createQueue<string>()
  const take = async (req: IncomingMessage, res: ServerResponse) => {
    if (!req.headers['x-direct']) await before(req)
    await running.server.handleHttp(req, res)
    handled.push('handled')
  }
  const running = await runOnHttp(
    createServer((req, res) => void take(req, res)),
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

// Each waited for an end that had been already, and kept its address's place for ever.
describe('a call over HTTP whose body', () => {
  it('has been read by somebody who kept it is answered with 500, and told', async () => {
    const { running, post } = await start(readAll)
    expect((await post()).status).toBe(500)
    expect(running.codes()).toEqual(['handler_failed'])
    expect((await post({ 'x-direct': 'yes' })).status).toBe(200)
    await running[Symbol.asyncDispose]()
  })

  it.each<[string, (text: string) => unknown]>([
    ['a text', (text) => text],
    ['bytes', (text) => Buffer.from(text)],
  ])('was left as %s by a body parser is read from that', async (_, toBody) => {
    const { running, post } = await start(async (req) => Object.assign(req, { body: toBody(await readAll(req)) }))
    expect(await post()).toMatchObject({ status: 200, body: { result: [1] } })
    await running[Symbol.asyncDispose]()
  })

  it('is not wanted any more before we see it takes no place', async () => {
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

  it('dribbles in for longer than "handshakeTimeout" is answered with 408', async () => {
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
