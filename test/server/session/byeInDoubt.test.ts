import { expect, it } from '@jest/globals'
import { attachClient } from '../../support/session/attachedClient.js'
import { createQueue } from '../support.js'

const said = (n: number) => JSON.stringify({ type: 'said', payload: n })

/** A client whose second message has a listener that does not end until the test ends it. */
const talk = async () => {
  const client = attachClient()
  const begun = createQueue<number>()
  let finish = () => {}
  client.server.onMessage('said', async (payload) => {
    begun.push(payload as number)
    if (payload === 2) await new Promise<void>((resolve) => (finish = resolve))
  })
  client.greet()
  await client.controls.next()
  for (const n of [1, 2]) client.receive(said(n))
  while ((await begun.next()) !== 2);
  return { ...client, finish: () => finish() }
}

it('a server that closes before a listener has ended says which messages are in doubt', async () => {
  const { controls, finish, server } = await talk()
  const closed = server.close({ within: 50 })
  let frame = await controls.next()
  while (frame.is !== 'bye') frame = await controls.next()
  expect(frame).toEqual({ is: 'bye', received: 2, acked: 1, reason: 'restart' })
  finish()
  await closed
})

it('a connection that the app closes has none in doubt: the listener goes on', async () => {
  const { controls, finish, server } = await talk()
  const [connection] = server.connections
  connection?.close(1000, 'enough')
  let frame = await controls.next()
  while (frame.is !== 'bye') frame = await controls.next()
  expect(frame).toEqual({ is: 'bye', received: 2, reason: 'enough' })
  finish()
  await server.close({ within: 0 })
})
