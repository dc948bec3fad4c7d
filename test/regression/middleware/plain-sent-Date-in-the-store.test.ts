import { expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// What json() carries was taken for plain data. A Date is carried, as text, and was in the action as a Date, of which RTK's check warned (the harness
// fails a test in which it prints).

useFakeTime()

it.each<[what: string, value: unknown, seen: unknown]>([
  ['a Date inside', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['a URL', new URL('https://a.example/'), 'https://a.example/'],
])('a send reaches the reducers as what goes out: %s', async (_what, value, seen) => {
  const store = await setupOpenStore()
  store.dispatch(socketSend(value))
  expect(store.sent()).toEqual([JSON.stringify(value)])
  expect(store.recorder.of(socketSend)[0]?.payload).toEqual(seen)
})
