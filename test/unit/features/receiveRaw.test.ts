import { expect, it } from '@jest/globals'
import { jsonLines, socketReceiveRaw } from '../../../src/features/index.js'
import { socketClose, socketMessage } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

useFakeTime()

it('socketReceiveRaw reads frames as they arrived, and the messages are delivered all the same', async () => {
  const store = await setupOpenStore({ codec: jsonLines(), heartbeat: { interval: 60_000, timeout: 1_000 } })
  const frames = store.dispatch(socketReceiveRaw())
  const bytes = new Uint8Array([1, 2]).buffer
  for (const frame of ['1\n2', 'pong', 'ping', '{']) store.receive(frame)
  store.network.last.sendRaw(bytes)
  const read = [await frames.next(), await frames.next(), await frames.next()]
  expect(read.map(({ value }) => value as unknown)).toEqual(['1\n2', '{', bytes])
  expect(
    store.recorder
      .of(socketMessage)
      .slice(0, 2)
      .map(({ payload }) => payload),
  ).toEqual([1, 2])
})

it('its iterator ends with the connection', async () => {
  const store = await setupOpenStore()
  const frames = store.dispatch(socketReceiveRaw({ maxBuffered: 2 }))
  store.receive('1')
  void store.dispatch(socketClose())
  await advanceTime(1)
  expect([await frames.next(), await frames.next()]).toEqual([
    { done: false, value: '1' },
    { done: true, value: undefined },
  ])
})

it('fails when more frames wait than "maxBuffered"', async () => {
  const store = await setupOpenStore()
  const frames = store.dispatch(socketReceiveRaw({ maxBuffered: 1 }))
  store.receive('1')
  store.receive('2')
  await expect(frames.next().then(async () => await frames.next())).rejects.toMatchObject({ code: 'receive_overflow' })
})
