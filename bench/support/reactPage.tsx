import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { configureStore, createEntityAdapter, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { useState } from 'react'
import useWebSocketModule from 'react-use-websocket'
import { batchFeature } from '../../src/batch/index.js'
import { createSocketMiddleware, socketConnect, socketReducer } from '../../src/index.js'
import { useSocket, useSocketMessage } from '../../src/react/index.js'
import { InProcessSocket } from './socket.js'

// Runs in the browser; bench/react.ts calls `burst`.

interface Post {
  readonly id: number
  readonly title: string
}

const adapter = createEntityAdapter<Post>()
const posts = createSlice({
  name: 'posts',
  initialState: adapter.getInitialState(),
  reducers: {
    added: (state, { payload }: PayloadAction<Post>) => void adapter.addOne(state, payload),
    severalAdded: (state, { payload }: PayloadAction<readonly Post[]>) => void adapter.addMany(state, payload),
  },
})
type State = { readonly posts: ReturnType<typeof posts.reducer> }

/** How many posts the list shows: the newest. */
const SHOWN = 100

const frameOf = (id: number) => JSON.stringify(posts.actions.added({ id, title: `What happened next, part ${id}` }))

const address = { url: 'ws://x/', WebSocket: InProcessSocket }

/** One dispatch a message, with the auto-batch mark. */
const createSocket = () => createSocketMiddleware({ ...address, accept: [posts.actions.added] })

/** One dispatch a frame. */
const createBatchingSocket = () =>
  createSocketMiddleware.with(batchFeature)({
    ...address,
    toActions: (messages) =>
      posts.actions.severalAdded(messages.map((message) => (message as { readonly payload: Post }).payload)),
  })

/** With the middleware and the hooks. */
const buildOurs = (create: () => Pick<ReturnType<typeof createSocket>, 'middleware' | 'dispose'>) => {
  const socket = create()
  const store = configureStore({
    reducer: { socket: socketReducer, posts: posts.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return { store, open: async () => await store.dispatch(socketConnect()), dispose: () => socket.dispose() }
}

/** As tutorials write it: one dispatch for each message. */
const buildTheirs = () => {
  const store = configureStore({ reducer: { posts: posts.reducer } })
  const open = async () => {
    const socket = new InProcessSocket()
    await new Promise<void>((resolve) => {
      socket.onopen = resolve
    })
    socket.onmessage = ({ data }) => void store.dispatch(JSON.parse(data) as ReturnType<typeof posts.actions.added>)
  }
  return { store, open, dispose: () => {} }
}

const noted: unknown[] = []

const List = ({ newest }: { readonly newest: readonly Post[] }) => {
  noted.push(newest)
  return (
    <ul>
      {newest.map(({ id, title }) => (
        <li key={id}>{title}</li>
      ))}
    </ul>
  )
}
const StoreList = () => {
  const { ids, entities } = useSelector((state: State) => state.posts)
  return <List newest={ids.slice(-SHOWN).map((id) => entities[id]!)} />
}
const OurList = () => {
  useSocket()
  useSocketMessage('never', () => {})
  return <StoreList />
}

// Its typings say `export default` where its file says `exports.default =`.
const useWebSocket = (useWebSocketModule as unknown as { default: (url: string, options: object) => unknown }).default

/** With react-use-websocket and a state of the component. `filter` keeps it from rendering for every message itself. */
const HookList = () => {
  const [list, setList] = useState<readonly Post[]>([])
  useWebSocket('ws://x/', {
    filter: () => false,
    onMessage: ({ data }: MessageEvent<string>) => {
      const { payload } = JSON.parse(data) as ReturnType<typeof posts.actions.added>
      setList((before) => [...before, payload])
    },
  })
  return <List newest={list.slice(-SHOWN)} />
}

const sides = {
  ours: { build: () => buildOurs(createSocket), Page: OurList },
  batch: { build: () => buildOurs(createBatchingSocket), Page: OurList },
  theirs: { build: buildTheirs, Page: StoreList },
  hook: {
    build: () => ({
      store: configureStore({ reducer: { posts: posts.reducer } }),
      open: async () => {},
      dispose: () => {},
    }),
    Page: HookList,
  },
}

/** As many messages, one task each, into a list on the page: the milliseconds until the last one is shown, and the renders that took. */
const burst = async (whose: keyof typeof sides, count: number) => {
  const { build, Page } = sides[whose]
  const { store, open, dispose } = build()
  const { last: previous } = InProcessSocket
  const container = document.body.appendChild(document.createElement('main'))
  const root = createRoot(container)
  root.render(
    <Provider store={store}>
      <Page />
    </Provider>,
  )
  await open()
  // The hook connects in an effect.
  while (InProcessSocket.last === previous) await new Promise((resolve) => setTimeout(resolve))
  const socket = InProcessSocket.last
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  const before = noted.length
  const last = `What happened next, part ${count - 1}`
  const shown = new Promise<void>((resolve) => {
    const observer = new MutationObserver(() => {
      if (container.querySelector('li:last-child')?.textContent !== last) return
      observer.disconnect()
      resolve()
    })
    observer.observe(container, { childList: true, subtree: true })
  })
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }: MessageEvent<string>) => socket.deliver(data)
  const started = performance.now()
  for (let n = 0; n < count; n++) port2.postMessage(frameOf(n))
  await shown
  const ms = performance.now() - started
  port1.close()
  root.unmount()
  container.remove()
  dispose()
  return { ms, renders: noted.splice(0).length - before }
}

// react-use-websocket takes the global class.
Object.assign(globalThis, { burst, WebSocket: InProcessSocket })
