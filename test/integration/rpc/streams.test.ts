import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { json, socketClose, socketConnect, type Codec } from '../../../src/index.js'
import { createRemote, socketRequest, socketRequestStream, type RequestStream } from '../../../src/rpc/index.js'
import type { CallContext } from '../../../src/server/index.js'
import { startFaultProxy } from '../../support/faultProxy.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { createQueue, startServer } from '../../server/support.js'

const createFunctions = () => {
  const ended = createQueue<string>()
  const functions = {
    async *tell({ words }: { words: string[] }) {
      try {
        for (const word of words) yield { word, at: new Date(0) }
        return { count: words.length }
      } finally {
        ended.push('tell')
      }
    },
    async *wait(_params: undefined, { signal }: CallContext) {
      try {
        yield 'waits'
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        yield 'too late'
      } finally {
        ended.push('wait')
      }
    },
    async *many(upTo: number) {
      for (let number = 1; number <= upTo; number++) yield number
    },
    add: ([a, b]: [number, number]) => a + b,
  }
  return { functions, ended }
}

type Functions = ReturnType<typeof createFunctions>['functions']

const remote = createRemote<Functions>({
  overSocket: /.*/,
  streams: { names: ['tell', 'wait', 'many'], request: socketRequestStream },
})

const readAll = async <Chunk>(stream: RequestStream<Chunk>): Promise<Chunk[]> => {
  const all: Chunk[] = []
  for await (const chunk of stream) all.push(chunk)
  return all
}

const start = async (codec?: Codec) => {
  const { functions, ended } = createFunctions()
  const running = await startServer(codec && { codec })
  running.server.methods(functions)
  return { ...running, ended }
}

describe.each([
  ['JSON', json(), '1970-01-01T00:00:00.000Z'],
  ['CBOR', cbor(), new Date(0)],
])('replies in chunks over a real socket in %s', (_name, codec, at) => {
  it('arrive in order, then the result, beside other requests', async () => {
    await using running = await start(codec)
    const store = createRpcStore({ url: running.url, codec: codec })
    void store.dispatch(socketConnect())
    const stream = store.dispatch(remote.tell({ words: ['once', 'upon'] }))
    const sum = store.dispatch(remote.add([1, 2]))
    expect(await readAll(stream)).toEqual([
      { word: 'once', at },
      { word: 'upon', at },
    ])
    expect(await stream.result).toEqual({ data: { count: 2 } })
    expect(await sum).toEqual({ data: 3 })
    void store.dispatch(socketClose())
  })

  it('arrive whole when there are many more than the window', async () => {
    await using running = await start(codec)
    const store = createRpcStore({ url: running.url, codec: codec })
    void store.dispatch(socketConnect())
    const stream = store.dispatch(socketRequestStream('many', 2_000, { window: 7 }))
    expect(await readAll(stream)).toEqual(Array.from({ length: 2_000 }, (_value, index) => index + 1))
    void store.dispatch(socketClose())
  })
})

describe('a reply in chunks over a real socket', () => {
  it('stops at the server when the client cancels', async () => {
    await using running = await start()
    const store = createRpcStore({ url: running.url })
    void store.dispatch(socketConnect())
    const stream = store.dispatch(remote.wait())
    expect(await stream.next()).toEqual({ done: false, value: 'waits' })
    stream.cancel()
    expect(await running.ended.next()).toBe('wait')
    expect(await stream.result).toMatchObject({ error: { code: 'request_aborted' } })
    void store.dispatch(socketClose())
  })

  it('ends with disconnected on a line that breaks, at both ends', async () => {
    await using running = await start()
    await using proxy = await startFaultProxy(running.port)
    const store = createRpcStore({ url: `ws://127.0.0.1:${proxy.port}` })
    void store.dispatch(socketConnect())
    const stream = store.dispatch(remote.wait())
    expect(await stream.next()).toEqual({ done: false, value: 'waits' })
    proxy.drop()
    await expect(stream.next()).rejects.toMatchObject({ code: 'disconnected' })
    expect(await running.ended.next()).toBe('wait')
    void store.dispatch(socketClose())
  })

  it('is refused where it is asked for as a plain request', async () => {
    await using running = await start()
    const store = createRpcStore({ url: running.url })
    void store.dispatch(socketConnect())
    expect(await store.dispatch(socketRequest('tell', { words: [] }))).toMatchObject({ error: { code: -32600 } })
    void store.dispatch(socketClose())
  })
})
