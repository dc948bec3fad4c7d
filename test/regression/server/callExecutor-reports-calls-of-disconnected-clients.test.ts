import { describe, expect, it } from '@jest/globals'
import type { CallContext } from '../../../src/server/index.js'
import { createQueue, connectClient, startServer } from '../../server/support.js'

describe('a call whose client has disconnected', () => {
  it('is not reported when its method throws because of the signal', async () => {
    await using running = await startServer()
    const started = createQueue<string>()
    const ended = createQueue<string>()
    running.server.methods({
      wait: async (_params: unknown, { signal }: CallContext) => {
        started.push('wait')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        ended.push('ended')
        signal.throwIfAborted()
      },
    })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'wait' })
    await started.next()
    client.ws.terminate()
    await ended.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(running.codes()).toEqual([])
  })

  it('is not reported when authorizeChannel was still deciding', async () => {
    const deciding = createQueue<(may: boolean) => void>()
    await using running = await startServer({
      authorizeChannel: async () => await new Promise<boolean>((resolve) => deciding.push(resolve)),
    })
    const { client, connection } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: ['a'] })
    const decide = await deciding.next()
    const gone = new Promise((resolve) => connection.signal.addEventListener('abort', resolve))
    client.ws.terminate()
    await gone
    decide(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(running.codes()).toEqual([])
  })

  it('is reported when its method throws for another reason', async () => {
    await using running = await startServer()
    const failing = createQueue<() => void>()
    running.server.methods({
      fail: async () => await new Promise((_resolve, reject) => failing.push(() => reject(new Error('a bug')))),
    })
    const { client, connection } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'fail' })
    const fail = await failing.next()
    const gone = new Promise((resolve) => connection.signal.addEventListener('abort', resolve))
    client.ws.terminate()
    await gone
    fail()
    expect(await running.problems.next()).toMatchObject({ code: 'handler_failed' })
  })
})
