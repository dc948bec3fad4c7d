import { expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { jsonRpc, socketPush, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

// The former socket is still open while the next attempt waits. The protocol ignores what comes over it then, so the session must not count it.
it('gets a reply and a push that come over the former socket of a handover after the new socket was refused', async () => {
  const store = await openSessionStore({ protocol: jsonRpc() })
  const id = store.dispatch(socketSubscribe('posts'))
  const request = store.dispatch(socketRequest('slow'))
  await advanceTime(16)
  const ids = store.took().map((frame) => (frame as { id: number }).id)
  store.server.push({ jsonrpc: '2.0', id: ids[0], result: 'posts#1' })
  await advanceTime(1)
  store.network.mode = 'refuse'
  void store.dispatch(socketConnect({ handover: true }))
  await advanceTime(1)
  store.server.push({ jsonrpc: '2.0', id: ids[1], result: 1 })
  store.server.push({ jsonrpc: '2.0', method: '$/push', params: { id: 'posts#1', channel: 'posts', data: 'news' } })
  store.network.mode = 'accept'
  await advanceTime(5_000)
  expect(await Promise.race([request, Promise.resolve('open')])).toEqual({ data: 1 })
  expect(store.recorder.of(socketPush).map(({ payload }) => payload)).toEqual([{ id, channel: 'posts', data: 'news' }])
})
