import { expect, it } from '@jest/globals'
import { listenerBytes } from '../../../src/batch/index.js'
import {
  binaryFeature,
  createSocketMiddleware,
  socketError,
  socketListen,
  socketMessage,
  socketReceive,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takeCallbackErrors } from '../../support/leaks.js'
import { setupOpenStore } from '../../support/setupStore.js'

useFakeTime()

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer

const setup = async (feature = listenerBytes(), create = createSocketMiddleware) => {
  const store = await setupOpenStore({ create: create.with(feature) })
  const seen: unknown[] = []
  store.dispatch(
    socketListen(
      () => true,
      (message) => seen.push(message),
    ),
  )
  return { store, seen }
}

it('passes bytes to listeners and receivers, and dispatches nothing', async () => {
  const { store, seen } = await setup()
  const iterator = store.dispatch(socketReceive())
  store.takeActions()
  store.network.last.sendRaw(bytes(1, 2))
  store.receiveJson('text')
  await advanceTime(1)
  expect(seen).toEqual([bytes(1, 2), 'text'])
  expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(seen)
  expect(store.takeActions()).toEqual([expect.objectContaining({ type: socketMessage.type, payload: 'text' })])
})

it('keeps no bytes in the table of binaryFeature, except those that it does not select', async () => {
  const isFor = (received: ArrayBuffer | ArrayBufferView | Blob) => 'byteLength' in received && received.byteLength > 1
  const { store, seen } = await setup(listenerBytes(isFor), createSocketMiddleware.with(binaryFeature))
  store.network.last.sendRaw(bytes(1, 2))
  store.network.last.sendRaw(bytes(3))
  await advanceTime(1)
  expect(seen).toEqual([bytes(1, 2), bytes(3)])
  expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual([
    { id: expect.any(String), byteLength: 1, type: '' },
  ])
})

it('lets bytes take the usual way when the selection throws, which is reported', async () => {
  const { store } = await setup(
    listenerBytes(() => {
      throw new Error('no')
    }),
    createSocketMiddleware.with(binaryFeature),
  )
  store.network.last.sendRaw(bytes(1))
  await advanceTime(1)
  expect(store.recorder.of(socketMessage)).toHaveLength(1)
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  takeCallbackErrors()
})
