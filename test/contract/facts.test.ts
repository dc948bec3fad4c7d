import { afterEach, describe, expect, it } from '@jest/globals'
import { facts } from './facts.js'
import { runCase, type Opened } from './environment.js'
import { openFakeEnvironment } from './environments/fake.js'
import { openWsEnvironment } from './environments/ws.js'

// Where `ws` differs from a browser; these are facts about `ws`, so what is built on it must not rely on them.
const wsDiffers: readonly string[] = [
  // Its errors are an Error and a RangeError, not DOMExceptions.
  'send throws InvalidStateError while CONNECTING',
  'a reason of more than 123 bytes is a SyntaxError, one of 123 is not',
  // A server may send 1001, and the class is the same for client and server.
  'close with 1001 is an InvalidAccessError and leaves the socket open',
  // It writes at once where it can.
  'a sent message counts as buffered, and drains',
  'no message is delivered after close(), although the server still sends',
  // binaryType is 'nodebuffer' by default.
  'a binary frame is a Blob by default, and an unknown binaryType is ignored',
  'a message has its origin',
]

const rows = [
  { name: 'the fake', open: openFakeEnvironment, without: [] as readonly string[] },
  { name: 'ws', open: openWsEnvironment, without: wsDiffers },
]

describe.each(rows)('a WebSocket by the standard: $name', ({ open, without }) => {
  let opened: Opened | undefined

  afterEach(async () => {
    await opened?.[Symbol.asyncDispose]()
    opened = undefined
  })

  it.each(facts.filter(({ name }) => !without.includes(name)))(
    '$name',
    async (fact) => {
      opened = await open()
      await expect(runCase(fact, opened)).resolves.toBeUndefined()
    },
    20_000,
  )
})
