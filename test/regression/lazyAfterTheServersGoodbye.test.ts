import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// A lazy connection that the server closed with 1000 stayed closed, and dropped what was sent next.

onFakeTime()

it('a lazy connection that the server has closed opens again for the next send', async () => {
  const engine = createEngine({ lazy: true, network: { mode: 'accept' } })
  engine.send('first')
  await pass(1)
  engine.network.last.serverClose(1000, 'bye')
  await pass(1)
  expect(engine.phase()).toBe('closed')
  expect(engine.send('second').delivery).toBe('queued')
  await pass(1)
  expect(engine.phase()).toBe('open')
  expect(engine.network.last.sent).toEqual(['second'])
})
