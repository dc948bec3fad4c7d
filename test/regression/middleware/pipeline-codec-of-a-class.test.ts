import { expect, it } from '@jest/globals'
import { createSocketMiddleware, socketMessage, socketSend } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// `decode` was taken out of the codec and called without it, `encode` was not: an instance of a class encoded, and every received message was refused.

useFakeTime()

class Prefixed {
  readonly prefix = 'v1 '

  encode(value: unknown): string {
    return this.prefix + JSON.stringify(value)
  }

  decode(frame: unknown): unknown {
    return JSON.parse(String(frame).slice(this.prefix.length))
  }
}

it.each([
  ['the default set', createSocketMiddleware],
  ['all features', undefined],
])('a codec that is an instance of a class encodes and decodes: %s', async (_set, create) => {
  const store = await setupOpenStore({ codec: new Prefixed(), ...(create && { create }) })
  store.dispatch(socketSend({ a: 1 }))
  store.receive('v1 {"b":2}')
  expect(store.sent()).toEqual(['v1 {"a":1}'])
  expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual([{ b: 2 }])
})
