import { describe, expect, it } from '@jest/globals'
import type { CallContext } from '../../src/server/index.js'
import { createQueue, meet, run } from '../server/support.js'

describe('a call that fails because its client has left', () => {
  it('is no news: neither of a method that heeds its signal', async () => {
    await using running = await run()
    const started = createQueue<string>()
    const over = createQueue<string>()
    running.server.methods({
      wait: async (_params: unknown, { signal }: CallContext) => {
        started.push('wait')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        over.push('over')
        signal.throwIfAborted()
      },
    })
    const { client } = await meet(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'wait' })
    await started.next()
    client.ws.terminate()
    await over.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(running.codes()).toEqual([])
  })

  it('nor of a subscription that was being decided about', async () => {
    const deciding = createQueue<(may: boolean) => void>()
    await using running = await run({
      authorizeChannel: async () => await new Promise<boolean>((resolve) => deciding.push(resolve)),
    })
    const { client, connection } = await meet(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: ['a'] })
    const decide = await deciding.next()
    const gone = new Promise((resolve) => connection.signal.addEventListener('abort', resolve))
    client.ws.terminate()
    await gone
    decide(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(running.codes()).toEqual([])
  })

  it('but a method that just fails is told all the same', async () => {
    await using running = await run()
    const failing = createQueue<() => void>()
    running.server.methods({
      fail: async () => await new Promise((_resolve, reject) => failing.push(() => reject(new Error('a bug')))),
    })
    const { client, connection } = await meet(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'fail' })
    const fail = await failing.next()
    const gone = new Promise((resolve) => connection.signal.addEventListener('abort', resolve))
    client.ws.terminate()
    await gone
    fail()
    expect(await running.problems.next()).toMatchObject({ code: 'handler_failed' })
  })
})
