import { expect, it } from '@jest/globals'
import { socketDropped, socketError, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// A proxy went on passing what the server pushed and swallowed what the client sent. Every push counted as life: the status stayed `open`, and sends were
// `sent` and lost without a report.

useFakeTime()

const setup = async (answers: boolean) => {
  const store = await setupOpenStore({ heartbeat: { interval: 1_000, timeout: 500 }, reconnect: { backoff: () => 1 } })
  const push = setInterval(() => store.network.last.sendRaw('{"tick":1}'), 200)
  if (answers) store.receive('pong')
  return { ...store, stop: () => clearInterval(push) }
}

it('a peer that stops answering is given up after five questions, although it goes on sending', async () => {
  const store = await setup(true)
  await advanceTime(2_000)
  store.dispatch(socketSend('lost', { id: 'lost' }))
  await advanceTime(10_000)
  store.stop()
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toContain('heartbeat_missed')
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toContainEqual({
    reason: 'indeterminate',
    ids: ['lost'],
    count: 1,
  })
})

it('a peer that has never answered counts as alive as long as it sends', async () => {
  const store = await setup(false)
  await advanceTime(60_000)
  store.stop()
  expect(store.recorder.of(socketError)).toEqual([])
  expect(store.state().status).toBe('open')
})
