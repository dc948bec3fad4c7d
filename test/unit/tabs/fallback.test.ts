import { describe, expect, it } from '@jest/globals'
import { createSharedWebSocket } from '../../../src/tabs/index.js'
import { createFakeServer } from '../../../src/testing/index.js'
import { withGlobals } from '../../support/tabs/tabWorld.js'

const { WebSocket } = createFakeServer()
const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
const complete = {
  document: page,
  navigator: { locks: { request: () => {}, query: () => {} } },
  BroadcastChannel: class {
    close() {}
  },
  MessageChannel: () => {},
  addEventListener: () => {},
  WebSocket,
}

const create = (missing: object, options = {}) =>
  withGlobals({ ...complete, ...missing }, () => createSharedWebSocket(options))

describe('createSharedWebSocket', () => {
  it.each([
    ['Web Locks, as a page without a secure context', { navigator: {} }],
    ['a navigator', { navigator: undefined }],
    ['BroadcastChannel', { BroadcastChannel: undefined }],
    ['a page, as a worker or a service worker', { document: undefined }],
  ])('creates ordinary WebSockets without %s', (_what, missing) => {
    const Class = create(missing)
    const socket = new Class('wss://a.example/')
    expect(socket).toBeInstanceOf(WebSocket)
    socket.close()
    expect(Class.prototype).toBe(WebSocket.prototype)
  })

  it('creates ordinary WebSockets where the browser keeps nothing for the page, as in a sandboxed frame', () => {
    const refuse = () => {
      throw new DOMException('Access is denied for this document.', 'SecurityError')
    }
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: refuse })
    try {
      expect(create({}).prototype).toBe(WebSocket.prototype)
    } finally {
      Reflect.deleteProperty(globalThis, 'localStorage')
    }
    expect(create({ BroadcastChannel: refuse }).prototype).toBe(WebSocket.prototype)
  })

  it('creates those of its options there', () => {
    const Other = createFakeServer().WebSocket
    const Class = create({ document: undefined }, { WebSocket: Other })
    const socket = new Class('wss://a.example/')
    expect(socket).toBeInstanceOf(Other)
    socket.close()
  })

  it('returns nothing in a runtime without any WebSocket: the middleware then reports it', () => {
    expect(create({ document: undefined, WebSocket: undefined })).toBeUndefined()
  })

  it('returns a class of its own where all is there', () => {
    const Shared = create({})
    expect(Shared).not.toBe(WebSocket)
    expect({ ...Shared }).toMatchObject({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })
    expect(Shared.prototype).toMatchObject({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })
  })

  it('refuses an address that no WebSocket has', () => {
    const Shared = create({})
    for (const url of ['wss://a.example/#part', 'ftp://a.example', 'http://'])
      expect(() => new Shared(url)).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  })
})
