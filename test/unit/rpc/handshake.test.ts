import { describe, expect, it } from '@jest/globals'
import { json, socketConnect, socketSend, type Codec } from '../../../src/index.js'
import { createRemote, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { inDevelopment } from '../../support/mode.js'
import { setupRpcStore, advanceTime, useFakeTime, type RpcStoreOptions } from './harness.js'

useFakeTime()

type Handshake = NonNullable<RpcStoreOptions['handshake']>

const start = async (handshake: Handshake, options: RpcStoreOptions = {}) => {
  const store = setupRpcStore({ handshake, ...options })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return store
}

const signIn: Handshake = async ({ dispatch }) => {
  await dispatch(socketRequest('signIn', ['token'])).unwrap()
}

describe('a request inside a handshake', () => {
  it('goes out at once and settles; then subscriptions and the queue follow', async () => {
    const store = setupRpcStore({ handshake: signIn })
    const id = store.dispatch(socketSubscribe('news'))
    const waiting = store.dispatch(socketRequest('list'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    const methods = () => store.sentMessages().map(({ method }) => method)
    expect(methods()).toEqual(['signIn'])
    expect(store.state().status).toBe('connecting')

    store.answer('welcome')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    expect(methods()).toEqual(['signIn', 'subscribe', 'list'])
    store.answer('s1', store.sentMessages()[1]!.id)
    store.answer([1], store.sentMessages()[2]!.id)
    expect(store.subscription(id)?.status).toBe('active')
    await expect(waiting).resolves.toEqual({ data: [1] })
    expect(store.errors()).toEqual([])
  })

  it('is sent again by the handshake of the next connection', async () => {
    const store = await start(signIn)
    store.answer('welcome')
    await advanceTime(1)
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'signIn' }])
    store.answer('welcome')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })

  it('does not let requests out that others dispatch meanwhile', async () => {
    const store = await start(signIn)
    void store.dispatch(socketRequest('early'))
    expect(store.sentMessages().map(({ method }) => method)).toEqual(['signIn'])
    store.answer('welcome', 1)
    await advanceTime(1)
    expect(store.sentMessages().map(({ method }) => method)).toEqual(['signIn', 'early'])
  })

  it('may be a call of createRemote, or several', async () => {
    const remote = createRemote<{ signIn: (token: string) => string; load: () => number }>({ overSocket: /.*/ })
    const seen: unknown[] = []
    const store = await start(async ({ dispatch }) => {
      seen.push(await dispatch(remote.signIn('token')))
      seen.push(await Promise.all([dispatch(remote.load()), dispatch(remote.load())]))
    })
    store.answer('welcome', 1)
    await advanceTime(1)
    store.answer('second', 3)
    store.answer('first', 2)
    await advanceTime(1)
    expect(seen).toEqual([{ data: 'welcome' }, [{ data: 'first' }, { data: 'second' }]])
    expect(store.state().status).toBe('open')
  })

  it('loses the connection when its error is thrown', async () => {
    const store = await start(signIn)
    store.refuse({ code: 401, message: 'no' })
    await advanceTime(1)
    expect(store.state()).toMatchObject({ status: 'reconnecting', error: { code: 'handshake_failed', message: 'no' } })
  })

  it('ends as disconnected with its socket, and is not repeated', async () => {
    const results: unknown[] = []
    const store = await start(async ({ dispatch, reconnected }) => {
      if (!reconnected && results.length === 0) {
        results.push(await dispatch(socketRequest('signIn', undefined, { idempotent: true })))
      }
    })
    store.network.last.cut()
    await advanceTime(150)
    expect(results).toMatchObject([{ error: { code: 'disconnected' } }])
    expect([store.state().status, store.lastSocketMessages()]).toEqual(['open', []])
  })

  it('leaves other messages to "receive", and to the app after the handshake', async () => {
    const received: unknown[] = []
    const store = await start(async (context) => {
      await signIn(context)
      received.push(await context.receive())
    })
    store.receiveJson('first')
    store.receiveJson({ jsonrpc: '2.0', id: 99, result: 'of another' })
    store.answer('welcome', 1)
    store.receiveJson('second')
    await advanceTime(1)
    expect(received).toEqual(['first'])
    expect(store.recorder.of('socket/message').map(({ payload }) => payload)).toEqual(['second'])
    expect(store.errors()).toEqual(['unexpected_reply'])
  })

  it('reports a frame above maxMessageBytes, and waits on', async () => {
    const store = await start(signIn, { maxMessageBytes: 60 })
    store.answer('x'.repeat(100), 1)
    expect(store.errors()).toEqual(['message_too_large'])
    store.answer('welcome', 1)
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })

  it('waits for the connection when it is dispatched after the handshake is over', async () => {
    let late: (() => unknown) | undefined
    const store = await start(({ dispatch }) => {
      late = () => dispatch(socketRequest('late'))
    })
    store.network.mode = 'hold'
    store.network.last.cut()
    void late?.()
    expect(store.sentMessages()).toEqual([])
    await advanceTime(150)
    store.network.mode = 'accept'
    store.network.last.accept()
    await advanceTime(1)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'late' }])
  })

  it('fails with "unsupported" when the codec decodes asynchronously', async () => {
    const plain = json()
    const codec: Codec = {
      encode: (value) => plain.encode(value),
      decode: async (frame) => await Promise.resolve(plain.decode(frame)),
    }
    const results: unknown[] = []
    const store = await start(
      async ({ dispatch }) => {
        results.push(await dispatch(socketRequest('signIn')))
      },
      { codec },
    )
    store.answer('welcome', 1)
    await advanceTime(1)
    expect(results).toMatchObject([{ error: { code: 'unsupported' } }])
    expect(store.state().status).toBe('open')
  })

  it('is sent in order when the codec encodes asynchronously', async () => {
    const plain = json()
    const codec: Codec = {
      decode: plain.decode,
      encode: async (value) => await Promise.resolve(plain.encode(value)),
    }
    const store = await start(signIn, { codec })
    expect(store.lastMessage()).toMatchObject({ method: 'signIn' })
    store.answer('welcome')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })
})

inDevelopment(() =>
  describe('a handshake that awaits a request of the store’s own dispatch', () => {
    it('says at the timeout with which dispatch it goes out', async () => {
      const store = setupRpcStore({
        connectTimeout: 1_000,
        handshake: async () => {
          await store.dispatch(socketRequest('signIn'))
        },
      })
      void store.dispatch(socketConnect())
      await advanceTime(1_001)
      expect(store.state().error).toEqual({
        code: 'connect_timeout',
        message:
          'The connection was not ready within 1000 ms ("connectTimeout"). The handshake was not done, and the queue waits for it: a handshake that awaits the reply to a request must dispatch it with its own "dispatch".',
      })
    })
  }),
)

describe('a notification or a send inside a handshake', () => {
  it('waits until the connection is ready', async () => {
    const store = await start(async ({ dispatch }) => {
      dispatch(socketNotify('hello'))
      dispatch(socketSend('hello'))
      await dispatch(socketRequest('signIn'))
    })
    expect(store.sentMessages()).toMatchObject([{ method: 'signIn' }])
    store.answer('welcome')
    await advanceTime(1)
    expect(store.sentMessages().slice(1)).toEqual([{ jsonrpc: '2.0', method: 'hello' }, 'hello'])
  })
})
