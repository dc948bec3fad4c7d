import { createAction, createReducer } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  createSocketActions,
  isReceived,
  isSocketAction,
  socketChanged,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketSend,
} from '../../../src/index.js'

const verbs = [
  'connect',
  'send',
  'reconnect',
  'close',
  'connecting',
  'opened',
  'message',
  'error',
  'closed',
  'reconnecting',
  'failed',
  'dropped',
  'changed',
] as const

const prices = createSocketActions('prices')

describe('the actions of a connection', () => {
  it.each(verbs)('have the type socket/%s for the default connection', (verb) => {
    expect(createSocketActions()[verb].type).toBe(`socket/${verb}`)
  })

  it.each(verbs)('have the type socket:prices/%s for one called prices', (verb) => {
    expect(prices[verb].type).toBe(`socket:prices/${verb}`)
  })

  it('have its name', () => {
    expect([createSocketActions().name, prices.name]).toEqual(['default', 'prices'])
  })

  it('are exported one by one for the default connection', () => {
    const exported = {
      connect: socketConnect,
      send: socketSend,
      reconnect: socketReconnect,
      close: socketClose,
      connecting: socketConnecting,
      opened: socketOpened,
      message: socketMessage,
      error: socketError,
      closed: socketClosed,
      reconnecting: socketReconnecting,
      failed: socketFailed,
      dropped: socketDropped,
      changed: socketChanged,
    }
    expect(Object.entries(exported).map(([verb, { type }]) => [verb, type])).toEqual(
      verbs.map((verb) => [verb, `socket/${verb}`]),
    )
  })

  it('are the same object, typed or not', () => {
    expect(prices.withTypes<{ send: string; receive: string }>()).toBe(prices)
  })

  it('are those of the default connection for its name', () => {
    expect(createSocketActions('default').send(1)).toEqual(socketSend(1))
  })
})

describe('the name of a connection', () => {
  it.each(['', '/', 'a/b', 'constructor', '__proto__', 'toString'])('cannot be %j', (name) => {
    expect(() => createSocketActions(name)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('createSocketActions') }),
    )
  })

  it.each([null, 1, { name: null }, { nme: 'prices' }, Symbol('s')])('cannot be %p', (name) => {
    expect(() => createSocketActions(name as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })

  it.each(['prices', 'Prices 2', 'a:b', 'ünï', '.*'])('may be %j', (name) => {
    const { send } = createSocketActions(name)
    expect([send.match(send(1)), isSocketAction(send(1), name)]).toEqual([true, true])
  })
})

describe('an action with a type of the library and another name', () => {
  const bySliceOfTheApp = { type: 'socket/opened', payload: { url: 'x' } }
  const byOtherConnection = { ...bySliceOfTheApp, meta: { socket: 'prices' } }

  it.each([
    bySliceOfTheApp,
    byOtherConnection,
    { ...bySliceOfTheApp, meta: null },
    { type: 'socket/opened', meta: {} },
  ])('is not matched: %j', (action) => {
    expect([socketOpened.match(action), isSocketAction(action)]).toEqual([false, false])
  })

  it('is not matched by a type alone that fits the name', () => {
    expect(prices.opened.match({ type: 'socket:prices/opened', payload: {} })).toBe(false)
  })

  it('is not matched by a connection whose name starts alike', () => {
    expect(isSocketAction({ type: 'socket:prices2/send', payload: 1, meta: { socket: 'prices' } })).toBe(false)
  })
})

describe('isSocketAction', () => {
  it('is true of every action of every connection', () => {
    const actions = [socketConnect(), socketSend(1), socketMessage(1), prices.close(), prices.send(1)]
    expect(actions.map((action) => isSocketAction(action))).toEqual(actions.map(() => true))
  })

  it('is true of one connection alone with its name', () => {
    expect([isSocketAction(prices.send(1), 'prices'), isSocketAction(socketSend(1), 'prices')]).toEqual([true, false])
  })

  it.each([
    undefined,
    null,
    1,
    'socket/send',
    () => {},
    [],
    { meta: { socket: 'default' } },
    { type: 1, meta: { socket: 'default' } },
  ])('is false of %p', (value) => {
    expect(isSocketAction(value)).toBe(false)
  })
})

describe('isReceived', () => {
  const received = { type: 'posts/added', meta: { receivedFrom: 'prices' } }

  it('is true of received actions', () => {
    expect([isReceived(received), isReceived(received, 'prices')]).toEqual([true, true])
  })

  it('is false of actions that were received elsewhere', () => {
    expect(isReceived(received, 'default')).toBe(false)
  })

  it.each([undefined, null, 1, {}, { type: 'posts/added' }, { type: 'x', meta: { receivedFrom: 1 } }, socketSend(1)])(
    'is false of %p',
    (value) => {
      expect(isReceived(value)).toBe(false)
    },
  )
})

describe('the action creators, beside those of RTK', () => {
  it('serve as cases of a reducer', () => {
    const reducer = createReducer(0, (builder) => builder.addCase(socketSend, (count) => count + 1))
    expect(reducer(0, socketSend('x'))).toBe(1)
  })

  it('convert to their type', () => {
    expect([String(socketSend), String(prices.opened)]).toEqual(['socket/send', 'socket:prices/opened'])
  })

  it('create plain actions', () => {
    const actions = [
      socketConnect({ url: new URL('wss://a.example/'), params: { page: 1 } }),
      socketSend({ a: [1, null] }, { id: 'x' }),
      socketClose(),
      prices.opened({ url: 'ws://a/', protocol: '', reconnected: false, at: 1 }),
    ]
    expect(JSON.parse(JSON.stringify(actions))).toEqual(actions)
  })

  it('do not match actions of others', () => {
    expect([createAction('other')(), undefined, null, 'socket/send'].map((value) => socketSend.match(value))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

it('createSocketActions keeps connections apart, whatever their names', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('/') && !(text in {}))
  fc.assert(
    fc.property(name, name, (a, b) => {
      fc.pre(a !== b)
      expect(createSocketActions(a).send.match(createSocketActions(b).send(1))).toBe(false)
      expect(isSocketAction(createSocketActions(a).opened({} as never), b)).toBe(false)
    }),
  )
})
