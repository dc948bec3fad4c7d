import { describe, expect, it } from '@jest/globals'
import { json, socketConnect, socketSend, type Codec } from '../../../src/index.js'
import { createRemote, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { createRpcWorld, passTime, useFakeTime, type RpcWorldOptions } from './harness.js'

useFakeTime()

type Handshake = NonNullable<RpcWorldOptions['handshake']>

const start = async (handshake: Handshake, options: RpcWorldOptions = {}) => {
  const world = createRpcWorld({ handshake, ...options })
  void world.dispatch(socketConnect())
  await passTime(1)
  return world
}

const signIn: Handshake = async ({ dispatch }) => {
  await dispatch(socketRequest('signIn', ['token'])).unwrap()
}

describe('a request inside a handshake', () => {
  it('goes out at once and settles; then subscriptions and the queue follow', async () => {
    const world = createRpcWorld({ handshake: signIn })
    const id = world.dispatch(socketSubscribe('news'))
    const waiting = world.dispatch(socketRequest('list'))
    void world.dispatch(socketConnect())
    await passTime(1)
    const methods = () => world.asked().map(({ method }) => method)
    expect(methods()).toEqual(['signIn'])
    expect(world.state().status).toBe('connecting')

    world.answer('welcome')
    await passTime(1)
    expect(world.state().status).toBe('open')
    expect(methods()).toEqual(['signIn', 'subscribe', 'list'])
    world.answer('s1', world.asked()[1]!.id)
    world.answer([1], world.asked()[2]!.id)
    expect(world.subscription(id)?.status).toBe('active')
    await expect(waiting).resolves.toEqual({ data: [1] })
    expect(world.errors()).toEqual([])
  })

  it('is sent again by the handshake of the next connection', async () => {
    const world = await start(signIn)
    world.answer('welcome')
    await passTime(1)
    world.network.last.drop()
    await passTime(150)
    expect(world.askedLast()).toMatchObject([{ method: 'signIn' }])
    world.answer('welcome')
    await passTime(1)
    expect(world.state().status).toBe('open')
  })

  it('does not let requests out that others dispatch meanwhile', async () => {
    const world = await start(signIn)
    void world.dispatch(socketRequest('early'))
    expect(world.asked().map(({ method }) => method)).toEqual(['signIn'])
    world.answer('welcome', 1)
    await passTime(1)
    expect(world.asked().map(({ method }) => method)).toEqual(['signIn', 'early'])
  })

  it('may be a call of createRemote, or several', async () => {
    const remote = createRemote<{ signIn: (token: string) => string; load: () => number }>({ overSocket: /.*/ })
    const seen: unknown[] = []
    const world = await start(async ({ dispatch }) => {
      seen.push(await dispatch(remote.signIn('token')))
      seen.push(await Promise.all([dispatch(remote.load()), dispatch(remote.load())]))
    })
    world.answer('welcome', 1)
    await passTime(1)
    world.answer('second', 3)
    world.answer('first', 2)
    await passTime(1)
    expect(seen).toEqual([{ data: 'welcome' }, [{ data: 'first' }, { data: 'second' }]])
    expect(world.state().status).toBe('open')
  })

  it('loses the connection when its error is thrown', async () => {
    const world = await start(signIn)
    world.refuse({ code: 401, message: 'no' })
    await passTime(1)
    expect(world.state()).toMatchObject({ status: 'reconnecting', error: { code: 'handshake_failed', message: 'no' } })
  })

  it('ends as disconnected with its socket, and is not repeated', async () => {
    const results: unknown[] = []
    const world = await start(async ({ dispatch, reconnected }) => {
      if (!reconnected && results.length === 0) {
        results.push(await dispatch(socketRequest('signIn', undefined, { idempotent: true })))
      }
    })
    world.network.last.drop()
    await passTime(150)
    expect(results).toMatchObject([{ error: { code: 'disconnected' } }])
    expect([world.state().status, world.askedLast()]).toEqual(['open', []])
  })

  it('leaves other messages to "receive", and to the app after the handshake', async () => {
    const received: unknown[] = []
    const world = await start(async (context) => {
      await signIn(context)
      received.push(await context.receive())
    })
    world.hearJson('first')
    world.hearJson({ jsonrpc: '2.0', id: 99, result: 'of another' })
    world.answer('welcome', 1)
    world.hearJson('second')
    await passTime(1)
    expect(received).toEqual(['first'])
    expect(world.recorder.of('socket/message').map(({ payload }) => payload)).toEqual(['second'])
    expect(world.errors()).toEqual(['unexpected_reply'])
  })

  it('reports a frame above maxMessageBytes, and waits on', async () => {
    const world = await start(signIn, { maxMessageBytes: 60 })
    world.answer('x'.repeat(100), 1)
    expect(world.errors()).toEqual(['message_too_large'])
    world.answer('welcome', 1)
    await passTime(1)
    expect(world.state().status).toBe('open')
  })

  it('waits for the connection when it is dispatched after the handshake is over', async () => {
    let late: (() => unknown) | undefined
    const world = await start(({ dispatch }) => {
      late = () => dispatch(socketRequest('late'))
    })
    world.network.mode = 'manual'
    world.network.last.drop()
    void late?.()
    expect(world.asked()).toEqual([])
    await passTime(150)
    world.network.mode = 'accept'
    world.network.last.accept()
    await passTime(1)
    expect(world.askedLast()).toMatchObject([{ method: 'late' }])
  })

  it('fails with "unsupported" when the codec decodes asynchronously', async () => {
    const plain = json()
    const codec: Codec = {
      encode: (value) => plain.encode(value),
      decode: async (frame) => await Promise.resolve(plain.decode(frame)),
    }
    const results: unknown[] = []
    const world = await start(
      async ({ dispatch }) => {
        results.push(await dispatch(socketRequest('signIn')))
      },
      { codec },
    )
    world.answer('welcome', 1)
    await passTime(1)
    expect(results).toMatchObject([{ error: { code: 'unsupported' } }])
    expect(world.state().status).toBe('open')
  })

  it('is sent in order when the codec encodes asynchronously', async () => {
    const plain = json()
    const codec: Codec = {
      decode: plain.decode,
      encode: async (value) => await Promise.resolve(plain.encode(value)),
    }
    const world = await start(signIn, { codec })
    expect(world.lastAsked()).toMatchObject({ method: 'signIn' })
    world.answer('welcome')
    await passTime(1)
    expect(world.state().status).toBe('open')
  })
})

describe('a notification or a send inside a handshake', () => {
  it('waits until the connection is ready', async () => {
    const world = await start(async ({ dispatch }) => {
      dispatch(socketNotify('hello'))
      dispatch(socketSend('hello'))
      await dispatch(socketRequest('signIn'))
    })
    expect(world.asked()).toMatchObject([{ method: 'signIn' }])
    world.answer('welcome')
    await passTime(1)
    expect(world.asked().slice(1)).toEqual([{ jsonrpc: '2.0', method: 'hello' }, 'hello'])
  })
})
