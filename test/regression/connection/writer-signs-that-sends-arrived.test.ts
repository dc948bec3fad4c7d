import { expect, it } from '@jest/globals'
import { framed, jsonLines } from '../../../src/features/index.js'
import { json, socketDropped, socketSend, type Codec } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// A message of the peer is a sign that earlier sends arrived; a keep-alive is not. With framed() no message counted, and a codec's own keep-alive did.

useFakeTime()

const encode = (value: unknown): string => JSON.stringify(value)
const read = (frame: unknown): unknown => (frame === 'h' ? undefined : (JSON.parse(frame as string) as unknown))
const beating: Codec = { encode, decode: read, isPlain: true }
const codecs: [name: string, codec: Codec, keepAlive: string][] = [
  ['json()', json(), ''],
  ['jsonLines()', jsonLines(), '\n'],
  ['framed()', framed({ encode, decode: (frame) => (frame === 'h' ? [] : [read(frame)]), isPlain: true }), 'h'],
  ['a codec of the app', beating, 'h'],
  ['an asynchronous one', { ...beating, decode: async (frame) => await Promise.resolve(read(frame)) }, 'h'],
]

it.each(codecs)('a message shows that what was sent before has arrived, with %s', async (_name, codec) => {
  const store = await setupOpenStore({ codec, reconnect: false })
  store.dispatch(socketSend(1, { id: 'a' }))
  store.receive('{}')
  await advanceTime(1)
  store.dispatch(socketSend(2, { id: 'b' }))
  store.network.last.close(1012)
  await advanceTime(1)
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload.ids)).toEqual([['b']])
})

it.each(codecs)('a keep-alive does not, with %s', async (_name, codec, keepAlive) => {
  const store = await setupOpenStore({ codec, reconnect: false })
  store.dispatch(socketSend(1, { id: 'a' }))
  store.receive(keepAlive)
  await advanceTime(1)
  store.network.last.close(1012)
  await advanceTime(1)
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload.ids)).toEqual([['a']])
})
