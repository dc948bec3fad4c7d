/**
 * A program that uses the library in many ways on a scripted WebSocket and prints every action, the states and the frames. `core` and
 * `rpc` are what it imports the library from. Ids, times and sentences are left out: they differ from run to run and from mode to mode.
 */
export const scenario = (core: string, rpc: string): string => `
import { configureStore, createSlice } from '@reduxjs/toolkit'
import * as core from '${core}'
import * as rpc from '${rpc}'

// A clock that stands still between two steps, so that every run is the same.
const settled = () => new Promise((resolve) => setImmediate(resolve))
let time = 1_700_000_000_000
let timers = []
Date.now = () => time
globalThis.setTimeout = (task, delay = 0) => {
  const timer = { at: time + delay, task, unref: () => timer }
  timers.push(timer)
  return timer
}
globalThis.clearTimeout = (timer) => { timers = timers.filter((one) => one !== timer) }
const tick = async (ms) => {
  const end = time + ms
  for (;;) {
    await settled()
    const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
    if (!next) break
    time = Math.max(time, next.at)
    clearTimeout(next)
    next.task()
  }
  time = end
}

const sockets = []
class Scripted extends EventTarget {
  readyState = 0; bufferedAmount = 0; protocol = ''; binaryType = 'blob'; sent = []
  constructor(url, protocols) {
    super()
    this.url = String(url)
    this.offered = protocols
    sockets.push(this)
    queueMicrotask(() => { this.readyState = 1; this.dispatchEvent(new Event('open')) })
  }
  send(frame) { this.sent.push(typeof frame === 'string' ? frame : 'bytes ' + frame.byteLength); this.onSent?.(frame) }
  receive(data) { this.dispatchEvent(Object.assign(new Event('message'), { data })) }
  receiveJson(message) { this.receive(JSON.stringify(message)) }
  end(code, reason = '', wasClean = true) {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean }))
  }
  close(code = 1005, reason = '') { this.readyState = 2; queueMicrotask(() => this.end(code, reason)) }
}

// All optional features, where they are values of their own.
const features = Object.entries(core).filter(([name]) => name.endsWith('Feature')).map(([, feature]) => feature)
const create = features.length ? core.createSocketMiddleware.with(...features) : core.createSocketMiddleware

const notes = createSlice({ name: 'notes', initialState: [], reducers: { added: (state, { payload }) => { state.push(payload) } } })
const message = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => value?.bad ? { issues: [{ message: 'bad', path: ['bad'] }] } : { value } },
}
const socket = create({
  url: ({ attempt }) => 'ws://server.test/?try=' + attempt,
  params: { room: 'a' },
  protocols: ['v1'],
  WebSocket: Scripted,
  heartbeat: { interval: 10_000, timeout: 10_000, message: 'ping?' },
  reconnect: { backoff: () => 1, maxRetries: 5, minUptime: 0 },
  queue: { maxMessages: 3 },
  handshake: async ({ send, receive }) => { await send({ hello: 1 }); await receive() },
  schema: { receive: message },
  accept: [notes.actions.added],
  toActions: (one) => one.note === undefined ? undefined : notes.actions.added(one.note),
  protocol: rpc.jsonRpc({ methods: { double: ([n]) => n * 2 } }),
})
const log = []
const store = configureStore({
  reducer: { socket: core.socketReducer, notes: notes.reducer },
  middleware: (defaults) => defaults({ serializableCheck: false, immutableCheck: false }).prepend(socket.middleware)
    .concat(() => (next) => (action) => { const result = next(action); log.push(action, store.getState()); return result }),
  devTools: false,
})
const until = async (holds) => { for (let n = 0; n < 2000 && !holds(); n++) await tick(1); log.push({ reached: Boolean(holds()) }) }
const last = () => sockets.at(-1)
const welcome = async (count) => { await until(() => sockets.length === count && last().sent.length > 0); last().receiveJson({ welcome: true }); await until(() => core.selectSocketStatus(store.getState()) === 'open') }

// Sends that wait, one too many, and one that is taken back by its time.
const early = [1, 2, 3, 4].map((n) => store.dispatch(core.socketSend({ n }, { id: 'id' + n })))
log.push(early, store.dispatch(core.socketSend({ n: 5 }, { whenOffline: 'drop', id: 'id5' })))
const connecting = store.dispatch(core.socketConnect())
await welcome(1)
log.push(await connecting)
// Received messages of every kind.
const listened = []
const stop = store.dispatch(core.socketListen(/./, (one) => listened.push(one)))
const stream = store.dispatch(core.socketReceive('streamed'))
last().receiveJson(notes.actions.added('accepted'))
last().receiveJson({ note: 'mapped' })
last().receiveJson({ type: 'plain', payload: { deep: [1] } })
last().receiveJson({ type: 'streamed', n: 1 })
last().receiveJson({ bad: true })
last().receive('{ no json')
last().receive(new Uint8Array([1, 2, 3]).buffer)
last().receive('ping')
log.push((await stream.next()).value)
await stream.return()
await tick(1)
stop()
log.push({ listened: listened.length })
// Requests, subscriptions, and a request of the server.
const answer = (frame) => {
  const calls = JSON.parse(frame)
  for (const { id, method, params } of [calls].flat()) {
    if (id === undefined || method === undefined) continue
    const reply = method === 'fail' ? { error: { code: 7, message: 'no', data: 1 } } : { result: method === 'subscribe' ? { id: 'clock-1' } : params ?? null }
    queueMicrotask(() => last().receiveJson({ jsonrpc: '2.0', id, ...reply }))
  }
}
last().onSent = (frame) => typeof frame === 'string' && frame.startsWith('{"jsonrpc"') && answer(frame)
log.push(await store.dispatch(rpc.socketRequest('echo', [1])), await store.dispatch(rpc.socketRequest('fail', [])))
const aborted = store.dispatch(rpc.socketRequest('slow', [2]))
aborted.abort()
log.push(await aborted)
store.dispatch(rpc.socketNotify('note', ['x']))
store.dispatch(rpc.socketSubscribe('clock', { every: 1 }))
await tick(5)
last().receiveJson({ jsonrpc: '2.0', method: '$/push', params: { id: 'clock-1', data: { tick: 1 } } })
last().receiveJson({ jsonrpc: '2.0', id: 'server-1', method: 'double', params: [21] })
await tick(5)
// The connection is lost and comes back.
await until(() => last().sent.includes('ping?'))
last().end(1006, '', false)
store.dispatch(core.socketSend({ while: 'away' }, { id: 'away' }))
await welcome(2)
store.dispatch(core.socketSendRaw(new Uint8Array([9]), { id: 'raw' }))
log.push(await store.dispatch(core.socketClose(4000, 'done')))
const reconnecting = store.dispatch(core.socketReconnect())
await welcome(3)
log.push(await reconnecting)
last().end(4401, 'token')
await welcome(4)
last().end(4403, 'banned')
await until(() => core.selectSocketStatus(store.getState()) === 'failed')
socket.dispose()
log.push(sockets.map(({ url, offered, sent }) => ({ url, offered, sent })))

const isVolatile = (key, value) => ['id', 'ids', 'message', 'retryAt', 'latency', 'requestId'].includes(key) || (typeof value === 'number' && value > 1e9)
const clean = (value) => JSON.parse(JSON.stringify(value, (key, one) => isVolatile(key, one) ? typeof one : typeof one === 'string' ? one.replaceAll(/"id":"[^"]*"/g, '"id"') : one).replaceAll(/[\\w-]{6}:(?=s?\\d)/g, 'tag:'))
console.log(JSON.stringify(clean(log)))
`
