import { expect, it } from '@jest/globals'
import { createSocketMiddleware, socketConnect, socketError, socketSend } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { failOnUnhandledErrors } from '../../support/unhandled.js'

// Without `asyncFeature` a promise of the codec is refused with `missing_feature`. Nobody handled its rejection, and an unhandled one ends a Node process.

failOnUnhandledErrors()

const reject = async (): Promise<never> => await Promise.reject(new Error('not encodable'))

it.each([
  ['encode', { encode: reject, decode: String }],
  ['decode', { encode: String, decode: reject }],
])('without asyncFeature a codec whose %s rejects causes no unhandled rejection', async (_what, codec) => {
  const store = setupStore({ codec, create: createSocketMiddleware })
  await store.dispatch(socketConnect())
  store.dispatch(socketSend('hello'))
  store.receive('hello')
  await new Promise(setImmediate)
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['missing_feature'])
})
