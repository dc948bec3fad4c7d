import { describe, expect, it, jest } from '@jest/globals'
import type { WebSocketClass } from '../../../src/connection/types.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A loop that is stopped while it constructs its "WebSocket" clears its timers first and sets its timeout afterwards: 24.8 days in which a Node
// process does not end.

useFakeTime()

describe('a connection that ends inside its own attempt', () => {
  it('leaves no timer when a listener of "connecting" closes it', async () => {
    const connection = setupConnection()
    connection.onEvent = ({ type }) => {
      if (type === 'connecting') connection.close()
    }
    connection.connect()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('closed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer when there is no WebSocket class', async () => {
    const WebSocket = function None() {
      throw Object.assign(new Error('none'), { code: 'no_websocket' })
    } as unknown as WebSocketClass
    const connection = setupConnection({ WebSocket })
    connection.connect()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('failed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer when the constructor throws at the last retry', async () => {
    const WebSocket = function Broken() {
      throw new Error('out of sockets')
    } as unknown as WebSocketClass
    const connection = setupConnection({ WebSocket, reconnect: { maxRetries: 0 } })
    connection.connect()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('failed')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer of the first attempt when a listener of "connecting" connects it elsewhere', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    let isMoved = false
    connection.onEvent = ({ type }) => {
      if (type === 'connecting' && !isMoved) {
        isMoved = true
        connection.connect({ url: 'ws://elsewhere.test/ws' })
      }
    }
    connection.connect()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
    expect(connection.network.last.url).toBe('ws://elsewhere.test/ws')
    expect(jest.getTimerCount()).toBe(0)
  })
})
