import { describe, expect, it } from '@jest/globals'
import { socketConnect, socketOpened } from '../../../src/index.js'
import { socketRequest, socketSubscribe, socketSubscribed, socketSubscribeFailed } from '../../../src/rpc/index.js'
import { createSocketServer } from '../../../src/server/index.js'
import { startServer } from '../../server/support.js'
import { createRpcStore } from '../../support/rpcStore.js'

// A rolling restart: what a page subscribed to while the old server closed was refused with −32012, and then failed for good.
describe('a subscription that begins while the companion server closes', () => {
  it('is active on the next server', async () => {
    const calls: (() => void)[] = []
    const slow = async () => await new Promise<string>((resolve) => calls.push(() => resolve('done')))
    const first = await startServer()
    first.server.methods({ slow, quick: () => 1 })
    const store = createRpcStore({ url: first.url, reconnect: { backoff: () => 20 } })
    await store.dispatch(socketConnect())
    const before = store.dispatch(socketSubscribe('before'))
    await store.recorder.take(socketSubscribed)
    // The closing server waits for this call, and refuses what comes after.
    const call = store.dispatch(socketRequest('slow'))
    await store.dispatch(socketRequest('quick'))
    const closing = first.server.close({ within: 5_000 })
    const { error } = await store.dispatch(socketRequest('quick'))
    expect(error?.code).toBe(-32_012)
    const during = store.dispatch(socketSubscribe('during'))
    await store.dispatch(socketRequest('quick'))
    expect(store.subscription(during)).toEqual({ channel: 'during', status: 'pending' })
    for (const end of calls) end()
    await expect(call).resolves.toEqual({ data: 'done' })
    await closing

    await using second = createSocketServer({ port: first.port, host: '127.0.0.1' })
    await second.ready
    await store.until(() => store.subscription(during)?.status === 'active')
    expect(store.subscription(before)?.status).toBe('active')
    expect(store.recorder.of(socketSubscribeFailed)).toEqual([])
  })
})

// With 100 requests at once the server refused a third of them, and those had failed.
describe('150 subscriptions on the companion server with its default limits', () => {
  it('are all active again after a reconnect', async () => {
    const isAllowed = async () => await new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))
    await using running = await startServer({ authorizeChannel: isAllowed })
    const store = createRpcStore({ url: running.url })
    await store.dispatch(socketConnect())
    const ids = Array.from({ length: 150 }, (_, index) => store.dispatch(socketSubscribe(`channel ${index}`)))
    const isLive = () => ids.every((id) => store.subscription(id)?.status === 'active')
    await store.until(isLive)
    const reopened = store.recorder.next(socketOpened)
    for (const { ws } of running.server.connections) ws.terminate()
    await reopened
    expect(isLive()).toBe(false)
    await store.until(isLive)
    expect(running.codes()).toEqual([])
    expect(store.recorder.of(socketSubscribeFailed)).toEqual([])
  })
})
