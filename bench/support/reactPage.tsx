import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { configureStore, createSlice, original, type PayloadAction } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketConnect, socketReducer } from '../../src/index.js'
import { useSocket, useSocketMessage } from '../../src/react/index.js'
import { InProcessSocket } from './socket.js'

// Runs in the browser; bench/react.ts calls `burst`.

interface Post {
  readonly id: number
  readonly title: string
}

/** The newest hundred. */
const posts = createSlice({
  name: 'posts',
  initialState: [] as Post[],
  reducers: {
    // Without a draft, which would cost more than what is compared here.
    added: (state, { payload }: PayloadAction<Post>) => [...original(state).slice(-99), payload],
  },
})
type State = { readonly posts: readonly Post[] }

const frameOf = (id: number) => JSON.stringify(posts.actions.added({ id, title: `What happened next, part ${id}` }))

/** With the middleware and the hooks. */
const buildOurs = () => {
  const socket = createSocketMiddleware({
    url: 'ws://x/',
    WebSocket: InProcessSocket,
    accept: [posts.actions.added],
  })
  const store = configureStore({
    reducer: { socket: socketReducer, posts: posts.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return { store, open: async () => await store.dispatch(socketConnect()), dispose: () => socket.dispose() }
}

/** As the blogs have it: a dispatch a message. */
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

const List = () => {
  const list = useSelector((state: State) => state.posts)
  noted.push(list)
  return (
    <ul>
      {list.map(({ id, title }) => (
        <li key={id}>{title}</li>
      ))}
    </ul>
  )
}
const OurList = () => {
  useSocket()
  useSocketMessage('never', () => {})
  return <List />
}

/** As many messages, one task each, into a list on the page: the milliseconds until the last one is shown, and the renders that took. */
const burst = async (whose: 'ours' | 'theirs', count: number) => {
  const { store, open, dispose } = whose === 'ours' ? buildOurs() : buildTheirs()
  const container = document.body.appendChild(document.createElement('main'))
  const root = createRoot(container)
  root.render(<Provider store={store}>{whose === 'ours' ? <OurList /> : <List />}</Provider>)
  await open()
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

Object.assign(globalThis, { burst })
