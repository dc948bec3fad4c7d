import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// The server had begun to close with the very code that we then said: its goodbye was taken for the answer to ours, and for the proof that all had
// arrived.

onFakeTime()

it('a goodbye of the server that crosses ours proves nothing', async () => {
  const engine = createEngine({ heartbeat: { interval: 60_000, timeout: 5_000 } })
  await engine.open()
  engine.send('late', { id: 'late' })
  engine.network.last.startClose(1000, 'bye')
  engine.close(1000)
  await pass(1)
  engine.network.last.finishClose()
  await pass(5_000)
  expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'indeterminate', ids: ['late'], count: 1 }])
})
