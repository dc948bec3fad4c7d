import { expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// `error instanceof RpcError` throws for a revoked Proxy: the request had no reply.

const throwRevoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  throw proxy as Error
}

it('a method that throws a revoked Proxy is answered with the internal error and reported', async () => {
  await using running = await startServer()
  running.server.methods({ fail: throwRevoked })
  const { client } = await connectClient(running)
  expect(await client.request('fail')).toMatchObject({ error: { code: -32603, message: 'Internal error' } })
  expect(await running.problems.next()).toMatchObject({ code: 'handler_failed' })
})

it('a producer that throws a revoked Proxy ends its subscription', async () => {
  await using running = await startServer({ channels: { news: throwRevoked } })
  const { client } = await connectClient(running)
  expect(await client.request('subscribe', { channel: 'news' })).toMatchObject({ result: expect.anything() })
  expect(await running.problems.next()).toMatchObject({ code: 'handler_failed' })
})
