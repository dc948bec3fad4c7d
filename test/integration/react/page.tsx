import { StrictMode, useState } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { createSocketMiddleware, selectIsOpen, selectSocket, socketReducer } from '../../../src/index.js'
import { useSocket, useSocketConnection, useSocketMessage, useSubscription } from '../../../src/react/index.js'
import { jsonRpc, type RpcSocketState } from '../../../src/rpc/index.js'

// Runs in the browser. The test calls what stands on `globalThis`.

const list = createSlice({
  name: 'list',
  initialState: [] as number[],
  reducers: { added: (state, { payload }: PayloadAction<number>) => void state.push(payload) },
})

const build = (url: string, autoBatch: boolean) => {
  const socket = createSocketMiddleware({ url, autoBatch, accept: [list.actions.added], protocol: jsonRpc() })
  return configureStore({
    reducer: { socket: socketReducer, list: list.reducer },
    middleware: (defaults) => defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware),
  })
}

let store: ReturnType<typeof build>
let root: Root
const counted = { renders: [] as unknown[], received: [] as unknown[], pushed: [] as unknown[] }

const Item = () => {
  useSocketConnection()
  const { isOpen } = useSocket()
  const { status, data } = useSubscription<number>('prices', { symbol: 'ACME' })
  return <li>{[isOpen, status, data].map(String).join(' ')}</li>
}

const List = () => {
  const [count, setCount] = useState(0)
  const items = useSelector((state: ReturnType<typeof store.getState>) => state.list)
  counted.renders.push(items)
  const { data } = useSubscription<number>('burst', undefined, { onData: (one) => counted.pushed.push(one) })
  useSocketMessage(list.actions.added, ({ payload }) => counted.received.push(payload))
  return (
    <button type="button" onClick={() => setCount(counted.received.length)}>
      {items.length} {items.at(-1)} {data} {count}
    </button>
  )
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => requestAnimationFrame(resolve))
}

const functions = {
  begin: (url: string, autoBatch = true): void => {
    document.body.append(document.createElement('main'))
    root = createRoot(document.body.lastElementChild!)
    store = build(url, autoBatch)
  },
  /** Renders that many components, in StrictMode. */
  show: async (count: number): Promise<string> => {
    const items = Array.from({ length: count }, (_, n) => <Item key={n} />)
    root.render(
      <StrictMode>
        <Provider store={store}>{items}</Provider>
      </StrictMode>,
    )
    await until(() => selectIsOpen(store.getState()) === count > 0 && !document.body.innerText.includes('pending'))
    return document.body.innerText
  },
  text: () => document.body.innerText,
  /** Renders a list that gets `count` messages and as many pushes. Counts its renders, and the frames in the meantime. */
  burst: async (count: number) => {
    const Page = () => {
      useSocketConnection()
      return <List />
    }
    root.render(
      <Provider store={store}>
        <Page />
      </Provider>,
    )
    const subscriptions = () => (selectSocket(store.getState()) as Partial<RpcSocketState>).subscriptions ?? {}
    await until(() => Object.values(subscriptions()).some(({ status }) => status === 'active'))
    const before = counted.renders.length
    let frames = 0
    let isOver = false
    void until(() => {
      frames++
      return isOver
    })
    const started = performance.now()
    await fetch('/node', { method: 'POST', body: JSON.stringify({ method: 'burst', args: [count] }) })
    await until(() => document.body.innerText === `${count} ${count - 1} ${count - 1} 0`)
    isOver = true
    const inOrder = (all: readonly unknown[]) => all.length === count && all.every((one, n) => one === n)
    return {
      frames,
      renders: counted.renders.length - before,
      inOrder: [inOrder(counted.received), inOrder(counted.pushed), inOrder(store.getState().list)],
      ms: performance.now() - started,
    }
  },
}

export type PageFunctions = typeof functions

Object.assign(globalThis, functions)
