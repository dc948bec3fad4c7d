import { expect, it } from '@jest/globals'
import { jsonLines } from '../../../src/features/index.js'
import { connectClient, createQueue, startServer } from '../../server/support.js'

// A list that a codec returned for one frame reached the app as one message, past the rate of messages.

it('the server takes the messages of a frame one by one, and an empty frame as none', async () => {
  await using running = await startServer({ codec: jsonLines() })
  const received = createQueue<unknown>()
  running.server.messages.forEach((message) => received.push(message))
  const { client } = await connectClient(running)
  client.ws.send('')
  client.ws.send('1\n{"a":2}{"a":3}')
  expect([await received.next(), await received.next(), await received.next()]).toEqual([1, { a: 2 }, { a: 3 }])
})

it('the server counts each message of a frame towards the rate', async () => {
  await using running = await startServer({ codec: jsonLines(), rate: { perSecond: 0.001, burst: 7, patience: 20 } })
  const { client } = await connectClient(running)
  client.ws.send('1 2 3 4 5 6 7'.replaceAll(' ', '\n'))
  client.ws.send('8')
  expect((await client.closed).code).toBe(4429)
})
