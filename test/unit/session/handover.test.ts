import { describe, expect, it } from '@jest/globals'
import { socketConnect, socketSend } from '../../../src/index.js'
import { jsonRpc, socketRequest } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, told } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

const handOver = () => socketConnect({ params: { token: 'fresh' }, handover: true })

describe('a handover in a session', () => {
  it('resumes over the new socket; what came over the old one before is counted', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.network.mode = 'hold'
    void store.dispatch(handOver())
    await advanceTime(1)
    store.server.push(1)
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(1)
    expect(told(store).messages).toEqual([1])
    store.network.last.accept('reduplex.session.1')
    await advanceTime(1)
    expect(store.server.hellos[1]).toMatchObject({ received: 1, turn: 1, sent: 1 })
    store.server.push(2)
    await advanceTime(1)
    store.server.acknowledge()
    await advanceTime(2_000)
    expect(told(store)).toMatchObject({
      verdicts: ['new', 'resumed'],
      messages: [1, 2],
      acknowledged: ['a b'],
      dropped: [],
      errors: [],
    })
    expect([store.took(), store.state().status]).toEqual([[1, 2], 'open'])
  })

  it('ignores the old socket from `hello` on', async () => {
    const store = await openSessionStore({}, { leavesFormer: true })
    const old = store.network.last
    void store.dispatch(handOver())
    await advanceTime(1)
    old.sendRaw('"late"')
    old.sendRaw('${"is":"ack","received":9}')
    await advanceTime(1)
    expect([told(store).messages, told(store).errors]).toEqual([[], []])
    await advanceTime(5_000)
  })

  it('keeps requests open without waiting for their replies on the old socket', async () => {
    const store = await openSessionStore({ protocol: jsonRpc() })
    const request = store.dispatch(socketRequest('slow'))
    await advanceTime(16)
    void store.dispatch(handOver())
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    store.server.push({ jsonrpc: '2.0', id: (store.took()[0] as { id: number }).id, result: 1 })
    await advanceTime(3_000)
    expect([await request, store.took().length]).toEqual([{ data: 1 }, 1])
  })

  it('keeps the session where the new socket cannot be had', async () => {
    const store = await openSessionStore()
    store.network.mode = 'refuse'
    void store.dispatch(handOver())
    await advanceTime(1)
    store.server.push(1)
    await advanceTime(1)
    store.network.connections[0]?.cut()
    store.network.mode = 'accept'
    store.server.push(2)
    await advanceTime(2_000)
    expect(told(store)).toMatchObject({ verdicts: ['new', 'resumed'], messages: [1, 2] })
  })
})
