import { expect, it } from '@jest/globals'
import { configureStore, type Action } from '@reduxjs/toolkit'
import { recordActions } from '../../../src/testing/index.js'
import { socketReducer } from '../../../src/index.js'

// The action of the inner dispatch ended the wait, and the outer one was counted as taken, so that no later call got it.

const setup = () => {
  const recorder = recordActions()
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(recorder.middleware),
  })
  return { recorder, store }
}

it('an action whose predicate dispatches another one is there for the next call', async () => {
  const { recorder, store } = setup()
  const first = recorder.next(({ type }: Action) => {
    if (type === 'go') store.dispatch({ type: 'inner' })
    return true
  })
  store.dispatch({ type: 'go' })
  expect((await first).type).toBe('inner')
  expect((await recorder.next('go')).type).toBe('go')
})

it.each([0, -1, 1.5, NaN])('nextMany refuses %p items', async (count) => {
  const { recorder } = setup()
  await expect(recorder.nextMany(count, 'go')).rejects.toThrow(/from 1 on/)
})
