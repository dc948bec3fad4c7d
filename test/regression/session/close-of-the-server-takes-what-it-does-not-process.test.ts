import { expect, it } from '@jest/globals'
import { json } from '../../../src/server/index.js'
import { attachClient } from '../../support/session/attachedClient.js'

// What a client sends while the last messages of a refused connection are still encoded was counted as taken, and never processed: its client took it for
// acknowledged.
it('a server that refuses a client does not take what arrives before the close', async () => {
  let finish = (_frame: string) => {}
  const codec = { ...json(), encode: async () => await new Promise<string>((resolve) => (finish = resolve)) }
  const { controls, greet, receive, server } = attachClient({ codec })
  const handled: unknown[] = []
  server.onMessage('said', (payload) => void handled.push(payload))
  greet()
  await controls.next()
  receive(JSON.stringify({ type: 'said', payload: 1 }))
  const [connection] = server.connections
  connection!.send('last words')
  connection!.close(4000, 'refused')
  receive(JSON.stringify({ type: 'said', payload: 2 }))
  finish('"last words"')
  let frame = await controls.next()
  while (frame.is !== 'bye') frame = await controls.next()
  expect([frame, handled]).toEqual([{ is: 'bye', received: 1, reason: 'refused' }, [1]])
  await server.close({ within: 0 })
})
