import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { socketClose, socketConnect, socketOpened } from '../../../src/index.js'
import { jsonRpc, socketRequestStream } from '../../../src/rpc/index.js'
import { createQueue, startServer } from '../../server/support.js'
import { startFaultProxy } from '../../support/faultProxy.js'
import { setupStore } from '../../support/setupStore.js'

// Replies in chunks over a line that is cut, in a session with the companion server.

const start = async () => {
  const running = await startServer({ session: { ackInterval: 5 } })
  const ended = createQueue<string>()
  running.server.methods({
    async *count({ upTo }: { upTo: number }) {
      try {
        for (let number = 1; number <= upTo; number++) yield number
        return upTo
      } finally {
        ended.push('ended')
      }
    },
  })
  const proxy = await startFaultProxy(running.port)
  const store = setupStore({
    url: `ws://127.0.0.1:${proxy.port}/`,
    WebSocket,
    protocol: jsonRpc(),
    reconnect: { backoff: () => 5, minUptime: 0 },
    session: { ackInterval: 5 },
  })
  await store.dispatch(socketConnect())
  return {
    proxy,
    store,
    ended,
    verdicts: () => store.recorder.of(socketOpened).map(({ payload }) => (payload as { session?: string }).session),
    [Symbol.asyncDispose]: async () => {
      await store.dispatch(socketClose())
      await proxy[Symbol.asyncDispose]()
      await running[Symbol.asyncDispose]()
    },
  }
}

describe('a reply in chunks in a session', () => {
  it('goes on after each cut: every chunk comes once and in order', async () => {
    await using running = await start()
    const { proxy, store } = running
    const stream = store.dispatch(socketRequestStream<number>('count', { upTo: 500 }, { window: 20 }))
    const read: number[] = []
    for await (const number of stream) {
      read.push(number)
      if (number % 60 !== 0) continue
      proxy.drop()
      // The reader goes on while the line is down.
      if (number % 120 === 0) await store.recorder.next(socketOpened)
    }
    expect(read).toEqual(Array.from({ length: 500 }, (_value, index) => index + 1))
    expect(await stream.result).toEqual({ data: 500 })
    expect(running.verdicts().slice(1)).not.toContain('lost')
    expect(running.verdicts()).toContain('resumed')
  })

  it('is cancelled at the server although the line is down at that time', async () => {
    await using running = await start()
    const { ended, proxy, store } = running
    const stream = store.dispatch(socketRequestStream<number>('count', { upTo: 500 }, { window: 2 }))
    await stream.next()
    proxy.drop()
    await store.until(({ status }) => status === 'reconnecting')
    stream.cancel()
    expect(await ended.next()).toBe('ended')
  })
})
