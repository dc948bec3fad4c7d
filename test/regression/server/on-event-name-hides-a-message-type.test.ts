import { describe, expect, it } from '@jest/globals'
import { createQueue, connectClient, startServer } from '../../server/support.js'

// `on` took the names of events and the types of messages: a listener to messages of the type "remove" was never called.
describe('a message whose type is the name of an event', () => {
  it('calls server.onMessage and connection.onMessage, and no listener to the event', async () => {
    await using running = await startServer()
    const received = createQueue<unknown>()
    const events = createQueue<unknown>()
    running.server.on('remove', events.push)
    running.server.onMessage('remove', (payload, sender) => received.push([payload, sender]))
    const { client, connection } = await connectClient(running)
    connection.onMessage('remove', received.push)
    client.send({ type: 'remove', payload: { id: 7 } })
    expect(await received.next()).toEqual([{ id: 7 }, connection])
    expect(await received.next()).toEqual({ id: 7 })
    expect(events.all).toEqual([])
  })

  it.each(['posts', 'toString', ''])('server.on("%s") throws and names the events', async (name) => {
    await using running = await startServer()
    const attempt = () => running.server.on(name as never, () => {})
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    expect(attempt).toThrow(
      /"add", "remove", "suspend", "resume", "refuse", "error", "listening", "close", "presence", "join", "leave", "bus".*onMessage/,
    )
  })
})
