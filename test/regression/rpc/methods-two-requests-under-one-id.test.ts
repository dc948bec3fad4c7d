import { describe, expect, it } from '@jest/globals'
import type { ClientMethod } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

/** A method that answers when the test says so. */
const createSlow = () => {
  const calls: { signal: AbortSignal; answer: (value: unknown) => void }[] = []
  const slow: ClientMethod = async (_params, { signal }) =>
    await new Promise((answer) => {
      calls.push({ signal, answer })
    })
  return { slow, calls }
}

// The second replaced the first, which was then neither cancelled nor stopped: its reply went out on the next socket.
describe('two requests of the server under one id', () => {
  const start = async () => {
    const { slow, calls } = createSlow()
    const store = await setupOpenRpcStore({ rpcOptions: { methods: { slow } } })
    for (let time = 0; time < 2; time++) store.receiveJson({ jsonrpc: '2.0', id: 7, method: 'slow' })
    return { store, calls }
  }

  it('both end with the socket', async () => {
    const { store, calls } = await start()
    store.network.last.cut()
    await advanceTime(150)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true])
    for (const { answer } of calls) answer('too late')
    await advanceTime(1)
    expect(store.lastSocketMessages()).toEqual([])
  })

  it('are both cancelled', async () => {
    const { store, calls } = await start()
    store.receiveJson({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 7 } })
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })
})
