/** @jest-environment ./test/env/dom.cjs */
import { afterEach, expect, it } from '@jest/globals'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import { socketClose, socketConnect } from '../../../src/index.js'
import { useSocketConnection } from '../../../src/react/index.js'
import { buildStore, type BuiltStore } from '../../support/buildStore.js'

// jsdom and React Native before 0.74 have no TextEncoder: `socketClose()` and unmounting `useSocketConnection` threw, and the socket stayed open.

class JsdomWebSocket extends EventTarget {
  readyState = 0
  readonly protocol = ''
  binaryType = 'blob'
  closedWith: unknown[] = []
  constructor() {
    super()
    queueMicrotask(() => Object.assign(this, { readyState: 1 }).dispatchEvent(new Event('open')))
  }
  send() {}
  close(code?: number, reason?: string) {
    this.readyState = 3
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean: true })))
  }
}

let store: BuiltStore
afterEach(() => store.dispose())
const create = () => {
  store = buildStore({ url: 'ws://a.example/ws', WebSocket: JsdomWebSocket })
  return store
}

it('socketClose closes with a reason that is not ASCII', async () => {
  create()
  await store.dispatch(socketConnect())
  await store.dispatch(socketClose(4000, 'é'.repeat(100)))
  expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 4000, reason: 'é'.repeat(61) } })
})

it('unmounting a component with useSocketConnection closes', async () => {
  Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', true)
  create()
  const Room = () => {
    useSocketConnection()
    return null
  }
  const root = createRoot(document.createElement('div'))
  await act(async () =>
    root.render(
      <Provider store={store.store}>
        <Room />
      </Provider>,
    ),
  )
  await act(async () => void (await store.until(({ status }) => status === 'open')))
  await act(async () => root.unmount())
  await store.until(({ status }) => status === 'closed')
  expect(store.state().status).toBe('closed')
})
