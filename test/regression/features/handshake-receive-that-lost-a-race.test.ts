import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, type HandshakeContext } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type FrameWire, setupConnection, watch } from '../../support/setupConnection.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'

// A `receive()` that had lost a race with a timer could not be cancelled: it took the next message of the handshake. One that was pending at the end
// of the handshake waited until the socket closed, and a later one waited for a message of the store.

useFakeTime()

const shakeHands = async () => {
  const wires: FrameWire[] = []
  const ends: (() => void)[] = []
  const connection = setupConnection({
    handshake: async (wire) => {
      wires.push(wire)
      await new Promise<void>((resolve) => ends.push(resolve))
    },
  })
  await connection.open()
  const [wire] = wires as [FrameWire]
  const done = async () => {
    ends[0]?.()
    await advanceTime()
  }
  return { connection, wire, done, receive: (frame: string) => connection.network.last.sendRaw(frame) }
}

describe('a receive that is aborted', () => {
  it('rejects with the reason of its signal, and takes no frame', async () => {
    const { wire, receive } = await shakeHands()
    const abort = new AbortController()
    const first = watch(wire.receive({ signal: abort.signal }))
    const second = watch(wire.receive())
    abort.abort(new Error('too late'))
    await advanceTime()
    expect([first.outcome, second.outcome]).toEqual(['rejected: too late', 'pending'])
    receive('one')
    await advanceTime()
    expect(second.outcome).toBe('one')
  })

  it('beforehand leaves the frame to the next receive', async () => {
    const { wire, receive } = await shakeHands()
    receive('one')
    await expect(wire.receive({ signal: AbortSignal.abort(new Error('never mind')) })).rejects.toThrow('never mind')
    await expect(wire.receive()).resolves.toBe('one')
  })

  it('after it got its frame keeps it', async () => {
    const { wire, receive } = await shakeHands()
    const abort = new AbortController()
    const reading = watch(wire.receive({ signal: abort.signal }))
    receive('one')
    abort.abort(new Error('too late'))
    receive('two')
    await advanceTime()
    expect(reading.outcome).toBe('one')
    await expect(wire.receive()).resolves.toBe('two')
  })

  it('leaves no listener on a signal that lives longer', async () => {
    const { wire, receive, done } = await shakeHands()
    const { signal } = new AbortController()
    const added = jest.spyOn(signal, 'addEventListener')
    const removed = jest.spyOn(signal, 'removeEventListener')
    const readings = [1, 2, 3].map(() => watch(wire.receive({ signal })))
    expect(added).toHaveBeenCalledTimes(3)
    receive('one')
    await done()
    expect(readings.map(({ isSettled }) => isSettled)).toEqual([true, true, true])
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })
})

describe('a receive after the handshake', () => {
  it('rejects at once, pending or late, and the next message goes to the store', async () => {
    const { connection, wire, done, receive } = await shakeHands()
    const pending = wire.receive()
    pending.catch(() => {})
    await done()
    await expect(pending).rejects.toMatchObject({ code: 'handshake_over', message: /handshake is over/ })
    const late = watch(wire.receive())
    receive('news')
    await advanceTime()
    expect(late.outcome).toMatch(/handshake is over/)
    expect(connection.received).toEqual(['news'])
  })

  it('does not get what was left unread, even when a listener of "opened" calls it', async () => {
    const { connection, wire, done, receive } = await shakeHands()
    receive('one')
    receive('two')
    let late: ReturnType<typeof watch> | undefined
    connection.onEvent = ({ type }) => {
      if (type === 'opened') late = watch(wire.receive())
    }
    await done()
    expect(late?.outcome).toMatch(/handshake is over/)
    expect(connection.received).toEqual(['one', 'two'])
  })

  it('rejects also when the socket has closed since', async () => {
    const { connection, wire, done } = await shakeHands()
    await done()
    connection.network.last.cut()
    await expect(wire.receive()).rejects.toMatchObject({ code: 'handshake_over' })
  })
})

describe('a receive through the middleware', () => {
  const { connect, message } = createSocketActions()
  const open = async (handshake: (context: HandshakeContext) => unknown) => {
    const network = createHeldServer({ mode: 'accept' })
    const store = setupStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, handshake })
    void store.dispatch(connect())
    await advanceTime(1)
    return { network, store }
  }

  it('loses no message in a race with a timer', async () => {
    let greeting: unknown
    const { network, store } = await open(async ({ receive }) => {
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(new Error('no greeting')), 1_000)
      greeting = await receive({ signal: abort.signal }).catch((error: Error) => error.message)
      clearTimeout(timer)
    })
    await advanceTime(1_000)
    network.last.sendRaw('"news"')
    expect(greeting).toBe('no greeting')
    expect(store.recorder.of(message).map(({ payload }) => payload)).toEqual(['news'])
    // The store's own frame.
    await advanceTime(20)
  })

  it('leaves no unhandled rejection when nobody awaits it', async () => {
    // Jest fails a test that leaves an unhandled rejection.
    const { store } = await open(({ receive }) => void receive())
    expect(store.state().status).toBe('open')
  })
})
