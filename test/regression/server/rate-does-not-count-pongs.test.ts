import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

describe('rate', () => {
  it('counts the text "pong" like any other message', async () => {
    await using running = await startServer({ rate: { perSecond: 0.001, burst: 2, patience: 20 } })
    const { client } = await connectClient(running)
    for (let count = 0; count < 6; count++) client.ws.send('pong')
    expect((await client.closed).code).toBe(4429)
  })
})
