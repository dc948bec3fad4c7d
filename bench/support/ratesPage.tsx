import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { configureStore, createEntityAdapter, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { batchFeature } from '../../src/batch/index.js'
import { createSocketMiddleware, socketConnect, socketListen, socketReducer } from '../../src/index.js'
import type { Run } from '../rates.js'

// Runs in the browser; bench/rates.ts calls `run`.

interface Price {
  readonly symbol: string
  readonly price: number
  readonly volume: number
}

const adapter = createEntityAdapter<Price, string>({ selectId: ({ symbol }) => symbol })
const prices = createSlice({
  name: 'prices',
  initialState: adapter.getInitialState({ messages: 0 }),
  reducers: {
    changed: (state, { payload }: PayloadAction<readonly Price[]>) => {
      state.messages += payload.length
      adapter.upsertMany(state, payload)
    },
  },
})
type State = { readonly prices: ReturnType<typeof prices.reducer> }
const { changed } = prices.actions

const toPrices = (messages: readonly unknown[]) => messages as readonly Price[]

const Row = ({ symbol }: { readonly symbol: string }) => {
  const { price, volume } = useSelector((state: State) => state.prices.entities[symbol]!)
  return (
    <tr>
      <td>{symbol}</td>
      <td>{price}</td>
      <td>{volume}</td>
    </tr>
  )
}
const Table = () => {
  const ids = useSelector((state: State) => state.prices.ids)
  return (
    <table>
      <tbody>
        {ids.map((id) => (
          <Row key={id} symbol={id} />
        ))}
      </tbody>
    </table>
  )
}

const sides = {
  batch: (url: string) =>
    createSocketMiddleware.with(batchFeature)({ url, toActions: (messages) => changed(toPrices(messages)) }),
  conflated: (url: string) =>
    createSocketMiddleware.with(batchFeature)({
      url,
      batch: { key: (message) => (message as Price).symbol },
      toActions: (messages) => changed(toPrices(messages)),
    }),
  ours: (url: string) => createSocketMiddleware({ url, toActions: (message) => changed([message as Price]) }),
}

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

/** Shows the prices for some seconds, and counts frames and messages. The first half second does not count. */
const run = async (side: keyof typeof sides, url: string, seconds: number): Promise<Run> => {
  const socket = sides[side](url)
  const store = configureStore({
    reducer: { socket: socketReducer, prices: prices.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  const container = document.body.appendChild(document.createElement('main'))
  const root = createRoot(container)
  root.render(
    <Provider store={store}>
      <Table />
    </Provider>,
  )
  let messages = 0
  // With a key the store sees fewer messages than arrive.
  const count = () => messages++
  store.dispatch(socketListen(() => true, count))
  await store.dispatch(socketConnect())

  for (const until = performance.now() + 500; performance.now() < until;) await nextFrame()
  const started = performance.now()
  const before = messages
  let frames = 0
  let longestFrame = 0
  for (let last = started; last < started + seconds * 1_000;) {
    await nextFrame()
    const now = performance.now()
    longestFrame = Math.max(longestFrame, now - last)
    last = now
    frames++
  }
  const took = (performance.now() - started) / 1_000
  const received = messages - before
  socket.dispose()
  root.unmount()
  container.remove()
  return { framesPerSecond: frames / took, messagesPerSecond: received / took, longestFrame }
}

Object.assign(globalThis, { run })
