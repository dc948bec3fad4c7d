import { expect, it } from '@jest/globals'
import { toControlFrame } from '../../../src/internal/sessionFrames.js'
import type { Packet } from '../../../src/server/connection/packets.js'
import type { NodeSessions } from '../../../src/server/session/nodeSessions.js'
import type { SocketLink } from '../../../src/server/session/sessionLink.js'
import { createSessionWire } from '../../../src/server/session/sessionWire.js'

const HELLO = toControlFrame({ is: 'hello', window: { messages: 1, bytes: 1 } })

it('answers 100 hellos at a time where they wait for a store, and the next one when one is answered', async () => {
  const answers: (() => void)[] = []
  const node = {
    hello: async () => await new Promise<void>((resolve) => answers.push(resolve)),
    sessionOf: () => undefined,
  } as unknown as NodeSessions<Packet>
  const wire = createSessionWire({ node, connectionOf: () => undefined, ping: undefined, hasStore: true })
  const createLink = () => ({ hasGreeted: false, isOver: () => false }) as SocketLink
  for (let n = 0; n < 150; n++) wire.receive(createLink(), HELLO)
  await new Promise((resolve) => setImmediate(resolve))
  expect(answers.length).toBe(100)
  answers[0]!()
  answers[1]!()
  await new Promise((resolve) => setImmediate(resolve))
  expect(answers.length).toBe(102)
})
