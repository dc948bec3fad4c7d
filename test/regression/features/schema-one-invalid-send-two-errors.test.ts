import type { StandardSchemaV1 } from '@standard-schema/spec'
import { expect, it } from '@jest/globals'
import { json, socketConnect, socketDropped, socketError, socketSend, type Codec } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// A send whose frame is pending when the server chooses another codec is encoded again, and its schema runs again. When both runs failed, one bad
// message was reported twice.

useFakeTime()

it('an invalid send is one error when the codec changes meanwhile', async () => {
  const answers: ((result: StandardSchemaV1.Result<unknown>) => void)[] = []
  const send: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'test', validate: () => new Promise((resolve) => answers.push(resolve)) },
  }
  const other: Codec = { ...json(), subprotocol: 'other' }
  const store = setupStore({ codecs: [json(), other], schema: { send } }, { protocol: () => 'other' })
  store.dispatch(socketSend('a'))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  for (const answer of answers) answer({ issues: [{ message: 'no' }] })
  await advanceTime(1)
  expect(store.recorder.count(socketDropped)).toBe(1)
  expect(store.recorder.count(socketError)).toBe(1)
})
