import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// While a socket had a backlog its buffer was told of every 16 ms, changed or not: a peer that had stopped reading cost sixty dispatches a second.

onFakeTime()

it('a buffer that does not move is not told of again', async () => {
  const engine = createEngine({ network: { slow: true }, queue: { highWaterMark: 100 } })
  await engine.open()
  for (let n = 0; n < 4; n++) engine.send('x'.repeat(60))
  await pass(100)
  expect(engine.of('changed').at(-1)).toBeDefined()
  engine.types()
  await pass(10_000)
  expect(engine.types().length).toBe(0)
})
