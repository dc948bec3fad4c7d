import { expect, it } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { socketError } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// Some schemas end their texts with a full stop: the error read "a number..".

useFakeTime()

const refusing: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'Expected a number.' }] }) },
}

it('the error of a schema ends with one full stop', async () => {
  const store = await setupOpenStore({ schema: { receive: refusing } })
  store.receiveJson('one')
  expect(store.recorder.of(socketError).map(({ payload }) => payload.message)).toEqual([
    'A received message does not match the schema: Expected a number.',
  ])
})
