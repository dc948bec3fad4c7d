import { describe, expect, it } from '@jest/globals'
import { createSharedWebSocket } from '../../../src/tabs/index.js'
import { createFakeServer } from '../../../src/testing/index.js'
import { withGlobals } from '../../support/tabs/tabWorld.js'

const { WebSocket } = createFakeServer()
const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
const complete = {
  document: page,
  navigator: { locks: { request: () => {}, query: () => {} } },
  BroadcastChannel: () => {},
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
  ])('returns the ordinary WebSocket without %s', (_what, missing) => {
    expect(create(missing)).toBe(WebSocket)
  })

  it('returns the class of its options there', () => {
    const Other = createFakeServer().WebSocket
    expect(create({ document: undefined }, { WebSocket: Other })).toBe(Other)
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
