import { describe, expect, it } from '@jest/globals'
import { createQueue, meet, run } from '../server/support.js'

// Added to the very set that was being gone through, it was told of the same message again, and so on without end.
describe('a listener that ends itself and listens anew', () => {
  it.each(['forEach', 'onMessage'] as const)('%s: hears each message once', async (how) => {
    await using running = await run()
    const heard = createQueue<unknown>()
    const { messages, onMessage } = running.server
    const listen = (): void => {
      const hear = (message: unknown): void => {
        end()
        heard.push(message)
        if (heard.all.length < 10) listen()
      }
      const end = how === 'onMessage' ? onMessage('a', hear) : messages.forEach(hear)
    }
    listen()
    const { client } = await meet(running)
    for (const payload of [1, 2, 3]) client.send({ type: 'a', payload })
    for (let count = 0; count < 3; count++) await heard.next()
    client.ws.send('ping')
    await client.next()
    expect(heard.all).toHaveLength(3)
  })

  it('one that another has ended meanwhile hears nothing more', async () => {
    await using running = await run()
    const heard = createQueue<string>()
    running.server.messages.forEach(() => {
      end()
      heard.push('first')
    })
    const end = running.server.messages.forEach(() => heard.push('second'))
    const { client } = await meet(running)
    client.send(1)
    client.ws.send('ping')
    await client.next()
    expect(heard.all).toEqual(['first'])
  })
})
