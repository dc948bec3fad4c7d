import { describe, expect, it } from '@jest/globals'
import { createQueue, connectClient, startServer } from '../../server/support.js'

// A listener that was added during the iteration over the set got the same message again, without end.
describe('a listener that removes itself and adds another', () => {
  it.each(['forEach', 'onMessage'] as const)('%s calls it once for each message', async (how) => {
    await using running = await startServer()
    const received = createQueue<unknown>()
    const { messages, onMessage } = running.server
    const listen = (): void => {
      const listener = (message: unknown): void => {
        end()
        received.push(message)
        if (received.all.length < 10) listen()
      }
      const end = how === 'onMessage' ? onMessage('a', listener) : messages.forEach(listener)
    }
    listen()
    const { client } = await connectClient(running)
    for (const payload of [1, 2, 3]) client.send({ type: 'a', payload })
    for (let count = 0; count < 3; count++) await received.next()
    client.ws.send('ping')
    await client.next()
    expect(received.all).toHaveLength(3)
  })

  it('is not called when another listener removed it before', async () => {
    await using running = await startServer()
    const called = createQueue<string>()
    running.server.messages.forEach(() => {
      end()
      called.push('first')
    })
    const end = running.server.messages.forEach(() => called.push('second'))
    const { client } = await connectClient(running)
    client.send(1)
    client.ws.send('ping')
    await client.next()
    expect(called.all).toEqual(['first'])
  })
})
