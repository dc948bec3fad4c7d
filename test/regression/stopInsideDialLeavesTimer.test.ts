import { describe, expect, it, jest } from '@jest/globals'
import type { WebSocketClass } from '../../src/connection/types.js'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// A loop that is stopped while it constructs its "WebSocket" clears its timers first and sets its timeout afterwards: 24.8 days in
// which a Node process does not end.

onFakeTime()

describe('a connection that ends inside its own dial', () => {
  it('leaves no timer when a listener of "connecting" closes it', async () => {
    const engine = createEngine()
    engine.during = ({ type }) => {
      if (type === 'connecting') engine.close()
    }
    engine.connect()
    await pass(1_000)
    expect(engine.phase()).toBe('closed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer when there is no WebSocket class', async () => {
    const WebSocket = function None() {
      throw Object.assign(new Error('none'), { code: 'no_websocket' })
    } as unknown as WebSocketClass
    const engine = createEngine({ WebSocket })
    engine.connect()
    await pass(1_000)
    expect(engine.phase()).toBe('failed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer when the constructor throws at the last retry', async () => {
    const WebSocket = function Broken() {
      throw new Error('out of sockets')
    } as unknown as WebSocketClass
    const engine = createEngine({ WebSocket, reconnect: { maxRetries: 0 } })
    engine.connect()
    await pass(1_000)
    expect(engine.phase()).toBe('failed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer of the first dial when a listener of "connecting" moves it elsewhere', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    let isMoved = false
    engine.during = ({ type }) => {
      if (type === 'connecting' && !isMoved) {
        isMoved = true
        engine.connect({ url: 'ws://elsewhere.test/ws' })
      }
    }
    engine.connect()
    await pass(1_000)
    expect(engine.phase()).toBe('open')
    expect(engine.network.last.url).toBe('ws://elsewhere.test/ws')
    expect(jest.getTimerCount()).toBe(0)
  })
})
