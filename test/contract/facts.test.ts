import { afterEach, describe, expect, it } from '@jest/globals'
import { facts } from './facts.js'
import { runCase, type Opened } from './environment.js'
import { openFakeEnvironment } from './environments/fake.js'
import { openWsEnvironment } from './environments/ws.js'

// Where `ws` is no browser; these are facts about `ws`, so what is built on it must not count on them.
const wsDiffers: readonly string[] = [
  // Its errors are not DOMExceptions: an Error, a RangeError.
  'send throws InvalidStateError while CONNECTING',
  'a reason of more than 123 bytes is a SyntaxError, one of 123 is not',
  // A server may send 1001, and it is the same class.
  'close with 1001 is an InvalidAccessError and leaves the socket open',
  // It writes at once where it can.
  'what is sent counts as buffered, and drains',
  'no message is heard after close(), though the server still talks',
  // binaryType is 'nodebuffer' by default.
  'a binary frame is a Blob by default, and an unknown binaryType is ignored',
  'a message knows where it came from',
]

const rows = [
  { name: 'the fake', open: openFakeEnvironment, without: [] as readonly string[] },
  { name: 'ws', open: openWsEnvironment, without: wsDiffers },
]

describe.each(rows)('a WebSocket, as the standard has it: $name', ({ open, without }) => {
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
