import { expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// Tabs that share a session: an `unsubscribe` for a tab that is gone may come after another tab has subscribed.
it('an `unsubscribe` that comes twice does not end the next subscription of the connection', async () => {
  await using running = await startServer()
  const { client } = await connectClient(running)
  const { result: first } = await client.request('subscribe', ['posts'])
  await client.request('unsubscribe', [first])
  const { result: second } = await client.request('subscribe', ['posts'])
  expect((await client.request('unsubscribe', [first])).result).toBe(false)
  const [connection] = running.server.connections
  expect(connection!.subscriptions).toEqual([expect.objectContaining({ id: second })])
})
