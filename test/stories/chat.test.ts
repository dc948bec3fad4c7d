import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createAction, createReducer, type UnknownAction } from '@reduxjs/toolkit'
import { Server, WebSocket as MockWebSocket, type Client } from 'mock-socket'
import {
  isReceived,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketError,
  socketMessage,
  socketOpened,
  socketSend,
} from '../../src/index.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'

interface Said {
  from: string
  text: string
}

const said = createAction<Said>('chat/said')
const typing = createAction<string>('chat/typing')
const kicked = createAction<string>('chat/kicked')

const log = createReducer<string[]>([], (builder) =>
  builder.addCase(said, (lines, { payload }) => {
    lines.push(`${payload.from}: ${payload.text}`)
  }),
)

const url = 'ws://chat.example'

/** The server: a room that passes every message to everybody else. */
interface Room {
  readonly server: Server
  readonly receivedMessages: string[]
  readonly guests: Client[]
  /** Resolves with the next text that the room receives. */
  readonly next: () => Promise<string>
}

const openRoom = (): Room => {
  const server = new Server(url, { mock: false })
  const receivedMessages: string[] = []
  const guests: Client[] = []
  const waiting: ((text: string) => void)[] = []
  server.on('connection', (guest) => {
    guests.push(guest)
    guest.on('message', (data) => {
      const text = data as string
      receivedMessages.push(text)
      for (const other of guests) if (other !== guest) other.send(text)
      waiting.shift()?.(text)
    })
  })
  return { server, receivedMessages, guests, next: () => new Promise((resolve) => waiting.push(resolve)) }
}

let room: Room

beforeEach(() => {
  room = openRoom()
})

afterEach(() => {
  room.server.close()
})

const guest = (options: StoreOptions = {}): TestStore =>
  setupStore({
    url,
    WebSocket: MockWebSocket,
    reducer: { log },
    reconnect: { backoff: () => 5, minUptime: 0 },
    ...options,
  })

const enter = async (options?: StoreOptions): Promise<TestStore> => {
  const store = guest({ accept: [said], forward: [said], ...options })
  await store.dispatch(socketConnect())
  return store
}

describe('a chat between two stores', () => {
  it('sends a message as JSON', async () => {
    const ann = await enter()
    const receivedMessages = room.next()
    ann.dispatch(said({ from: 'Ann', text: 'hello' }))
    expect(JSON.parse(await receivedMessages)).toEqual({ type: 'chat/said', payload: { from: 'Ann', text: 'hello' } })
  })

  it('has a message in the log of both', async () => {
    const ann = await enter()
    const bob = await enter()
    ann.dispatch(said({ from: 'Ann', text: 'hello' }))
    await bob.recorder.take(said)
    expect([ann.app()['log'], bob.app()['log']]).toEqual([['Ann: hello'], ['Ann: hello']])
  })

  it('goes both ways without an echo', async () => {
    const ann = await enter()
    const bob = await enter()
    for (let turn = 0; turn < 5; turn++) {
      const [speaker, listener, from] = turn % 2 === 0 ? [ann, bob, 'Ann'] : [bob, ann, 'Bob']
      const arrived = listener.recorder.next((action) => said.match(action) && isReceived(action))
      speaker.dispatch(said({ from, text: String(turn) }))
      await arrived
    }
    const lines = ['Ann: 0', 'Bob: 1', 'Ann: 2', 'Bob: 3', 'Ann: 4']
    expect([ann.app()['log'], bob.app()['log'], room.receivedMessages.length]).toEqual([lines, lines, 5])
  })

  it('distinguishes received actions from those of the app', async () => {
    const ann = await enter()
    const bob = await enter()
    ann.dispatch(said({ from: 'Ann', text: 'hello' }))
    const theirs = await bob.recorder.take(said)
    const [ours] = ann.recorder.of(said)
    expect([isReceived(theirs), isReceived(ours)]).toEqual([true, false])
  })
})

describe('a server that sends more than the app asked for', () => {
  it('reaches only socketMessage', async () => {
    const ann = await enter()
    room.guests[0]?.send(JSON.stringify(kicked('Ann')))
    const { payload } = await ann.recorder.take(socketMessage)
    expect([payload, ann.recorder.count(kicked)]).toEqual([{ type: 'chat/kicked', payload: 'Ann' }, 0])
  })

  it.each<[string, NonNullable<StoreOptions['accept']>]>([
    ['an action creator', typing],
    ['a type', 'chat/typing'],
    ['a RegExp for the whole type', /chat\/t.*/],
    ['a predicate', ({ type }) => type.endsWith('typing')],
    ['one rule of several', [said, /nothing/, 'chat/typing']],
  ])('reaches the app when it accepts by %s', async (_rule, accept) => {
    const ann = await enter({ accept })
    room.guests[0]?.send(JSON.stringify(typing('Bob')))
    expect((await ann.recorder.take(typing)).payload).toBe('Bob')
  })

  it('does not reach the app when a RegExp matches only a part of the type', async () => {
    const ann = await enter({ accept: /typing/ })
    room.guests[0]?.send(JSON.stringify(typing('Bob')))
    await ann.recorder.take(socketMessage)
    expect(ann.recorder.count(typing)).toBe(0)
  })

  it('has another message format, which toActions maps', async () => {
    const ann = await enter({
      toActions: (message) => {
        const { who, what } = message as { who?: string; what?: string }
        return who !== undefined && what !== undefined ? said({ from: who, text: what }) : undefined
      },
    })
    room.guests[0]?.send('{"who":"Bob","what":"hi"}')
    await ann.recorder.take(said)
    expect(ann.app()['log']).toEqual(['Bob: hi'])
  })

  it('sends malformed JSON: the error is an action, and the chat continues', async () => {
    const ann = await enter()
    room.guests[0]?.send('{"type":"chat/sa')
    room.guests[0]?.send(JSON.stringify(said({ from: 'Bob', text: 'hi' })))
    await ann.recorder.take(said)
    expect((await ann.recorder.take(socketError)).payload.code).toBe('invalid_frame')
    expect(ann.state().status).toBe('open')
  })

  it('sends a ping, which is answered', async () => {
    await enter()
    const receivedMessages = room.next()
    room.guests[0]?.send('ping')
    expect(await receivedMessages).toBe('pong')
  })
})

describe('leaving and returning', () => {
  it('socketClose leaves, and no attempt follows', async () => {
    const ann = await enter()
    expect(await ann.dispatch(socketClose())).toBe('closed')
    expect([ann.state().status, ann.recorder.count(socketConnecting)]).toEqual(['closed', 1])
  })

  it('a message after leaving is reported as not sent', async () => {
    const ann = await enter()
    await ann.dispatch(socketClose())
    expect(ann.dispatch(socketSend('anybody?'))).toMatchObject({ delivery: 'dropped', reason: 'closed' })
  })

  it('a message before the connection is open is delivered first', async () => {
    const ann = guest({ forward: said })
    ann.dispatch(said({ from: 'Ann', text: 'early' }))
    const first = room.next()
    await ann.dispatch(socketConnect())
    expect(JSON.parse(await first)).toMatchObject({ payload: { text: 'early' } })
  })

  it('the server closes for a restart: every step is an action', async () => {
    const ann = await enter()
    room.guests[0]?.close({ code: 1012, reason: 'restart', wasClean: true })
    await ann.recorder.takeMany(2, socketOpened)
    const steps = ann.recorder.types.filter((type) => type !== 'socket/changed')
    expect(steps).toEqual([
      'socket/connect',
      'socket/connecting',
      'socket/opened',
      'socket/closed',
      'socket/reconnecting',
      'socket/connecting',
      'socket/opened',
    ])
  })

  it('the second open has reconnected: true', async () => {
    const ann = await enter()
    room.guests[0]?.close({ code: 1012, reason: 'restart', wasClean: true })
    const openings = await ann.recorder.takeMany(2, socketOpened)
    expect(openings.map(({ payload }) => payload.reconnected)).toEqual([false, true])
  })

  it('the close reason is kept where a component can show it', async () => {
    const ann = await enter()
    room.guests[0]?.close({ code: 4403, reason: 'banned', wasClean: true })
    await ann.recorder.take(socketClosed)
    expect(ann.state()).toMatchObject({ status: 'failed', lastClose: { code: 4403, reason: 'banned' } })
  })
})

describe('the store of a chat', () => {
  it('can be serialized and read again', async () => {
    const ann = await enter()
    ann.dispatch(said({ from: 'Ann', text: 'hello' }))
    expect(JSON.parse(JSON.stringify(ann.store.getState()))).toEqual(ann.store.getState())
  })

  it('is open before the first request goes out', async () => {
    const statuses: string[] = []
    const ann = guest({
      onOpen: ({ dispatch, getState }) => {
        statuses.push(
          (getState() as { socket: Record<string, { status: string }> }).socket['default']?.status ?? 'none',
        )
        dispatch(socketSend('history, please'))
      },
    })
    const first = room.next()
    await ann.dispatch(socketConnect())
    expect([statuses, await first]).toEqual([['open'], '"history, please"'])
  })

  it('reports an async first request that rejects, and stays open', async () => {
    const ann = guest({ onOpen: async () => await Promise.reject(new Error('no history')) })
    await ann.dispatch(socketConnect())
    expect((await ann.recorder.take(socketError)).payload.code).toBe('callback_failed')
    expect(ann.state().status).toBe('open')
  })

  it('shows messages in order, even when a reducer throws between them', async () => {
    const ann = await enter({
      accept: [said, typing],
      reducer: {
        log,
        brittle: (state: number = 0, action: UnknownAction) => {
          if (typing.match(action)) throw new Error('brittle')
          return state
        },
      },
    })
    room.guests[0]?.send(JSON.stringify(said({ from: 'Bob', text: '1' })))
    room.guests[0]?.send(JSON.stringify(typing('Bob')))
    room.guests[0]?.send(JSON.stringify(said({ from: 'Bob', text: '2' })))
    await ann.recorder.takeMany(2, said)
    expect([ann.app()['log'], ann.state().error?.code]).toEqual([['Bob: 1', 'Bob: 2'], 'callback_failed'])
  })
})
