import { createAction } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { framed, jsonLines } from '../../../src/features/index.js'
import { createSocketMiddleware, socketConnect, socketListen, type HandshakeContext } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'

// Servers put what has queued up into one frame. A codec could only return a list, which reached rules, schema and listeners as one message.

useFakeTime()

const said = createAction<string>('chat/said')
const frame = ['one', 'two', 'three'].map((payload) => JSON.stringify(said(payload))).join('\n')
const typesAndPayloads = (actions: readonly { type: string }[]) =>
  actions
    .filter(({ type }) => !type.includes('Listen'))
    .map((action) => [action.type, (action as { payload?: unknown }).payload])

const later = framed({
  encode: () => '',
  decode: async (text) => (await Promise.resolve(), (text as string).split(' ')),
  isPlain: true,
})

describe('the messages of one frame', () => {
  it.each([
    ['with every feature', {}],
    ['with the default features', { create: createSocketMiddleware }],
  ])('arrive one by one, at accept and at listeners, %s', async (_features, options) => {
    const store = await setupOpenStore({ codec: jsonLines(), accept: [said], ...options })
    const listened: unknown[] = []
    store.dispatch(socketListen(said, ({ payload }) => void listened.push(payload)))
    store.takeActions()
    store.receive(frame)
    const expected = ['one', 'two', 'three']
    expect(typesAndPayloads(store.takeActions())).toEqual(expected.map((payload) => ['chat/said', payload]))
    expect(listened).toEqual(expected)
  })

  it('arrive one by one through a schema, which refuses one of them', async () => {
    const receive = z.object({ n: z.number() })
    const store = await setupOpenStore({ codec: jsonLines(), schema: { receive } })
    store.receive('{"n":1}\n{"n":"2"}\n{"n":3}')
    await advanceTime()
    expect(store.takeActions()).toMatchObject([
      { type: 'socket/message', payload: { n: 1 } },
      { type: 'socket/message', payload: { n: 3 } },
      { type: 'socket/error', payload: { code: 'invalid_message' } },
    ])
  })

  it('keep their order with an asynchronous codec, and with frames behind', async () => {
    const store = await setupOpenStore({ codec: later })
    store.receive('a b c')
    store.receive('d')
    store.receive('e f')
    await advanceTime()
    expect(store.takeActions().map((action) => (action as { payload?: unknown }).payload)).toEqual(Array.from('abcdef'))
  })

  it('are read one by one by a handshake; what it leaves goes to the store', async () => {
    const read: unknown[] = []
    const store = setupStore({
      codec: jsonLines(),
      handshake: async ({ receive }: HandshakeContext) => {
        read.push(await receive(), await receive())
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receive('1\n2\n3\n4')
    store.receive('5')
    await advanceTime(1)
    expect(read).toEqual([1, 2])
    const received = store.takeActions().filter(({ type }) => type === 'socket/message')
    expect(received.map((action) => (action as { payload?: unknown }).payload)).toEqual([3, 4, 5])
  })
})
