import { expect, it } from '@jest/globals'
import { socketConnect, socketError, socketFailed } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { sentence } from '../../support/mode.js'
import { setupStore } from '../../support/setupStore.js'

// Production bundles have no sentences. A problem that the app or the server has no words about says where its code is explained.

useFakeTime()

const placeOf = (code: string): string => `reduplex: ${code}, see docs/errors.md#${code}`

it('a problem has a message in production too', async () => {
  const store = setupStore({ connectTimeout: 100, reconnect: { maxRetries: 0 } }, { mode: 'hold' })
  void store.dispatch(socketConnect())
  await advanceTime(200)
  expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
    { code: 'connect_timeout', message: sentence(/within 100 ms/, placeOf('connect_timeout')) },
  ])
  expect(store.recorder.of(socketFailed).map(({ payload }) => payload)).toEqual([
    {
      at: Date.now() - 100,
      code: 'retries_exhausted',
      message: sentence(/after 0 retries/, placeOf('retries_exhausted')),
    },
  ])
  expect(store.state().error?.message).toEqual(sentence(/after 0 retries/, placeOf('retries_exhausted')))
})
