import { describe, expect, it, jest } from '@jest/globals'
import { createAction, type UnknownAction } from '@reduxjs/toolkit'
import { batchFeature, type BatchOptions } from '../../../src/batch/index.js'
import {
  createSocketMiddleware,
  schemaFeature,
  socketClose,
  socketClosed,
  socketError,
  socketListen,
  socketMessage,
  socketReceive,
} from '../../../src/index.js'
import type { Feature, SocketMiddlewareOptions } from '../../../src/index.js'
import { START, advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takeCallbackErrors } from '../../support/leaks.js'
import { inDevelopment } from '../../support/mode.js'
import { createPage } from '../../support/page.js'
import { setupOpenStore, type TestStore } from '../../support/setupStore.js'

useFakeTime()

interface Tick {
  readonly id: string
  readonly price: number
}
type Options = Omit<SocketMiddlewareOptions, 'toActions' | 'batch'> & {
  readonly batch?: BatchOptions<Tick>
  readonly toActions?: (ticks: readonly Tick[]) => unknown
}

const ticked = createAction<readonly Tick[]>('ticks/received')
const halted = createAction<string>('ticks/halted')
const create = createSocketMiddleware.with(batchFeature)

const setup = async (options: Options = {}, more: readonly Feature[] = []) =>
  await setupOpenStore({ create: create.with(...more) as never, toActions: ticked, ...options } as never)

const tick = (id: string, price: number): Tick => ({ id, price })

/** The types and payloads of the actions since the last call. */
const taken = (store: TestStore): unknown[] =>
  store.takeActions().map(({ type, payload }: UnknownAction & { payload?: unknown }) => [type, payload])

const receiveAll = (store: TestStore, messages: readonly unknown[]) => messages.forEach(store.receiveJson)

describe('messages within a frame', () => {
  it('become one action, in the order of their arrival', async () => {
    const store = await setup()
    receiveAll(store, [tick('a', 1), tick('b', 2), tick('a', 3)])
    expect(taken(store)).toEqual([])
    await advanceTime(16)
    expect(taken(store)).toEqual([[ticked.type, [tick('a', 1), tick('b', 2), tick('a', 3)]]])
  })

  it('wait no longer than the first of them may', async () => {
    const store = await setup({ batch: { within: 50 } })
    store.receiveJson(tick('a', 1))
    await advanceTime(40)
    store.receiveJson(tick('b', 2))
    await advanceTime(9)
    expect(taken(store)).toEqual([])
    await advanceTime(1)
    expect(taken(store)).toHaveLength(1)
    await advanceTime(100)
    expect(taken(store)).toEqual([])
  })

  it('are passed on by a message when timers come late', async () => {
    const store = await setup()
    store.receiveJson(tick('a', 1))
    // The page is busy: no timer has run.
    jest.setSystemTime(START + 1 + 17)
    store.receiveJson(tick('b', 2))
    expect(taken(store)).toEqual([[ticked.type, [tick('a', 1), tick('b', 2)]]])
  })

  it('are marked as received on the connection, and for auto-batching while the page is visible', async () => {
    const page = createPage()
    const store = await setup()
    store.receiveJson(tick('a', 1))
    await advanceTime(16)
    page.setVisible(false)
    store.receiveJson(tick('a', 2))
    await advanceTime(16)
    expect(store.takeActions().map(({ meta }: UnknownAction & { meta?: unknown }) => meta)).toEqual([
      { receivedFrom: 'default', RTK_autoBatch: true },
      { receivedFrom: 'default' },
    ])
  })

  it('become every action that toActions returns, thunks included', async () => {
    const store = await setup({
      toActions: (ticks) => [ticked(ticks), (dispatch: (action: unknown) => void) => dispatch(halted('a'))],
    })
    store.receiveJson(tick('a', 1))
    await advanceTime(16)
    expect(taken(store)).toEqual([
      [ticked.type, [tick('a', 1)]],
      [halted.type, 'a'],
    ])
  })

  it.each([
    ['returns undefined', () => undefined],
    ['is not given', undefined],
  ])('stay one socketMessage each when toActions %s', async (_, toActions) => {
    const store = await setup({ toActions: toActions as never })
    receiveAll(store, [1, 2])
    await advanceTime(16)
    expect(taken(store)).toEqual([
      [socketMessage.type, 1],
      [socketMessage.type, 2],
    ])
  })

  it('stay one socketMessage each when toActions throws, which is reported once', async () => {
    const store = await setup({
      toActions: () => {
        throw new Error('no')
      },
    })
    receiveAll(store, [1, 2])
    await advanceTime(16)
    expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual([1, 2])
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
    takeCallbackErrors()
  })

  it('must not become actions of a reserved type', async () => {
    const store = await setup({ toActions: () => ({ type: 'socket/opened' }) })
    store.receiveJson(1)
    await advanceTime(16)
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ code: 'reserved_type' }),
    ])
  })

  it('are checked by the schema before they wait', async () => {
    const receive = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => (value === 'bad' ? { issues: [{ message: 'bad' }] } : { value: [value] }),
      },
    } as const
    const store = await setup({ schema: { receive } }, [schemaFeature])
    receiveAll(store, ['a', 'bad', 'b'])
    await advanceTime(16)
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_message'])
    expect(taken(store).at(-1)).toEqual([ticked.type, [['a'], ['b']]])
  })
})

describe('accepted messages', () => {
  it('become their own actions, in their place between the batches', async () => {
    const store = await setup({ accept: halted })
    receiveAll(store, [tick('a', 1), tick('a', 2), halted('a'), halted('b'), tick('b', 3)])
    await advanceTime(16)
    expect(taken(store)).toEqual([
      [ticked.type, [tick('a', 1), tick('a', 2)]],
      [halted.type, 'a'],
      [halted.type, 'b'],
      [ticked.type, [tick('b', 3)]],
    ])
  })

  it('are accepted without toActions too', async () => {
    const store = await setup({ accept: halted, toActions: undefined as never })
    receiveAll(store, [halted('a'), 1])
    await advanceTime(16)
    expect(taken(store)).toEqual([
      [halted.type, 'a'],
      [socketMessage.type, 1],
    ])
  })
})

describe('a key', () => {
  it('keeps only the newest message of each key, at its own place', async () => {
    const store = await setup({ batch: { key: ({ id }) => id } })
    receiveAll(store, [tick('a', 1), tick('b', 2), tick('a', 3)])
    await advanceTime(16)
    expect(taken(store)).toEqual([[ticked.type, [tick('b', 2), tick('a', 3)]]])
  })

  it('keeps every message without a key, in order', async () => {
    const store = await setup({ batch: { key: ({ id }) => (id === 'log' ? undefined : id) } })
    receiveAll(store, [tick('log', 1), tick('a', 2), tick('log', 3), tick('a', 4), tick('log', 5)])
    await advanceTime(16)
    expect(taken(store)).toEqual([[ticked.type, [tick('log', 1), tick('log', 3), tick('a', 4), tick('log', 5)]]])
  })

  it('is forgotten with the batch', async () => {
    const store = await setup({ batch: { key: ({ id }) => id } })
    store.receiveJson(tick('a', 1))
    await advanceTime(16)
    store.receiveJson(tick('a', 2))
    await advanceTime(16)
    expect(taken(store)).toEqual([
      [ticked.type, [tick('a', 1)]],
      [ticked.type, [tick('a', 2)]],
    ])
  })

  it('that throws is reported, and the message is kept', async () => {
    const store = await setup({
      batch: {
        key: () => {
          throw new Error('no')
        },
      },
    })
    receiveAll(store, [tick('a', 1), tick('a', 2)])
    await advanceTime(16)
    expect(store.recorder.of(ticked).map(({ payload }) => payload)).toEqual([[tick('a', 1), tick('a', 2)]])
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(Array(2).fill('callback_failed'))
    takeCallbackErrors()
  })
})

describe('the end of a connection', () => {
  it('passes on what waits before socketClosed when the connection is lost', async () => {
    const store = await setup()
    store.receiveJson(tick('a', 1))
    store.network.last.cut()
    await advanceTime(1)
    expect(store.takeActions().map(({ type }) => type)).toEqual(
      expect.arrayContaining([ticked.type, socketClosed.type]),
    )
    const types = store.recorder.all.map(({ type }) => type)
    expect(types.indexOf(ticked.type)).toBeLessThan(types.indexOf(socketClosed.type))
  })

  it('passes on what waits before socketClosed when the app closes', async () => {
    const store = await setup()
    store.receiveJson(tick('a', 1))
    void store.dispatch(socketClose())
    await advanceTime(1)
    const types = store.takeActions().map(({ type }) => type)
    expect(types).toContain(ticked.type)
    expect(types.indexOf(ticked.type)).toBeLessThan(types.indexOf(socketClosed.type))
    expect(store.state().status).toBe('closed')
  })

  it('passes on what waits at dispose, and leaves no timer', async () => {
    const store = await setup({ batch: { within: 1_000 } })
    store.receiveJson(tick('a', 1))
    store.dispose()
    expect(taken(store)).toContainEqual([ticked.type, [tick('a', 1)]])
    // Redux Toolkit's own timer, for auto-batching.
    await advanceTime(20)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('listeners', () => {
  it('get every message at once, also those that a key leaves out', async () => {
    const store = await setup({ batch: { key: ({ id }) => id } })
    const received: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => received.push(message),
      ),
    )
    const iterator = store.dispatch(socketReceive())
    receiveAll(store, [tick('a', 1), tick('a', 2)])
    expect(received).toEqual([tick('a', 1), tick('a', 2)])
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(received)
    await advanceTime(16)
  })
})

inDevelopment(() => {
  it.each([
    [5, 'object'],
    [{ within: 0 }, 'within'],
    [{ within: 1_001 }, 'within'],
    [{ within: '16' }, 'within'],
    [{ key: 'id' }, 'key'],
    [{ every: 16 }, 'every'],
  ])('malformed batch options throw invalid_option: %j', (batch, named) => {
    expect(() => create({ batch: batch as never })).toThrow(named)
    expect(() => create({ batch: batch as never })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
