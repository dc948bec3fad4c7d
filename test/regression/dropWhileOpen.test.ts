import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// While "opened" is being told the queue has not gone out yet: a send that may not wait was dropped as `offline` on an open socket.

onFakeTime()

it('sends what a listener of "opened" sends, even if it may not wait and the queue goes first', async () => {
  const engine = createEngine({ network: { mode: 'accept' } })
  engine.send('waiting')
  let delivery: string | undefined
  engine.during = ({ type }) => {
    if (type === 'opened') ({ delivery } = engine.send('at once', { whenOffline: 'drop' }))
  }
  engine.connect()
  await pass(1)
  expect(delivery).not.toBe('dropped')
  expect(engine.network.last.sent).toEqual(['waiting', 'at once'])
})
