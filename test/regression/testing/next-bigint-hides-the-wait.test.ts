import { configureStore } from '@reduxjs/toolkit'
import { expect, it } from '@jest/globals'
import { expectAllClosed, recordActions } from '../../../src/testing/index.js'

it('a wait names what was recorded although JSON has no text for it', async () => {
  const recorder = recordActions(undefined, 'default', { nextTimeout: 1 })
  const store = configureStore({
    reducer: () => 0,
    middleware: (defaults) => defaults({ serializableCheck: false }).concat(recorder.middleware),
  })
  store.dispatch({ type: 'counted', payload: 1n })
  const wait = recorder.next('later')
  expect(recorder.pending()).toBe('still waiting for later; seen so far:\n  counted')
  await expect(wait).rejects.toThrow('recorder.next, after 1 ms: still waiting for later')
  expect(expectAllClosed).not.toThrow()
})
