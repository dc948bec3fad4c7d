import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'
import { createPage, onPages } from '../unit/page.js'

// A backoff of `Infinity` leaves the dial to an explicit command, as its docstring says; a tab that was looked at dialled.

onFakeTime()
onPages()

it.each(['online', 'pageshow', 'visible'])('a backoff of Infinity waits for a command, not for %s', async (how) => {
  const page = createPage()
  const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { backoff: () => Infinity } })
  engine.connect()
  await pass(1)
  if (how === 'visible') page.setVisible(true)
  else page.fire(how, { persisted: true })
  await pass(60_000)
  expect(engine.network.sockets).toHaveLength(1)
  engine.network.mode = 'accept'
  engine.connect()
  await pass(1)
  expect(engine.phase()).toBe('open')
})
