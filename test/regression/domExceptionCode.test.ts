import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// What a WebSocket's constructor throws is a DOMException, and those have a numeric `code` of their own (12 for a SyntaxError): it
// became the code of the socketError.

onFakeTime()

it('reports a constructor that throws a SyntaxError as invalid_url, for good', async () => {
  const engine = createEngine({ address: { url: 'ws://server.test', protocols: 'not a token' } })
  const connecting = engine.connect()
  await pass(1)
  expect(connecting.outcome).toBe('failed')
  expect(engine.types()).toEqual(['connecting', 'failed'])
  expect(engine.of('failed')).toEqual([
    { type: 'failed', code: 'invalid_url', message: expect.stringContaining('not a token') },
  ])
})

it('retries it when a provider may say otherwise the next time', async () => {
  const engine = createEngine({ address: { url: 'ws://server.test', protocols: () => 'not a token' } })
  const connecting = engine.connect()
  await pass(1)
  expect(connecting.outcome).toBe('reconnecting')
  expect(engine.of('error')).toEqual([
    { type: 'error', code: 'invalid_url', message: expect.stringContaining('not a token') },
  ])
})
