import { expect, same, show } from '../client.mjs'

const section = 'Sessions'
const part = 'sessions'
const NAME = 'reduplex.session.1'
const WINDOW = { messages: 1000, bytes: 1048576 }

const write = (frame) => `$${JSON.stringify(frame)}`
const readControl = ({ text }) => (text.startsWith('$') ? JSON.parse(text.slice(1)) : {})

const takeControl = async (client, is) =>
  readControl(await client.take(`a frame "${is}"`, (frame) => readControl(frame).is === is))

const isClosedWith = async (client, code) => {
  const ended = await client.closed(`a close with ${code}`)
  expect(ended.code === code, `expected a close with ${code}, got ${ended.code}`)
}

const connectTo = async (connect) => await connect({ protocols: [NAME] })

/** Connects and says hello. Without counters that is a new session. */
const open = async (connect, counters = {}) => {
  const client = await connectTo(connect)
  client.raw(write({ is: 'hello', window: WINDOW, ...counters }))
  const welcome = await takeControl(client, 'welcome')
  if (welcome.resumed !== undefined) client.raw(write({ is: 'ack', received: counters.received ?? 0 }))
  return { client, welcome }
}

const counters = (key, more) => ({ key, turn: 1, received: 0, acked: 0, sent: 0, ...more })

const ask = (client, id, method, params) => client.raw(JSON.stringify({ jsonrpc: '2.0', id, method, params }))

const isEvent = ({ message }) => message?.type === 'conformance/broadcast'

/** Broadcasts from another connection, so that the session gets frames while it has none. */
const broadcast = async (connect, name, ...payloads) => {
  const other = await connect()
  for (const payload of payloads) await other.result(name('conformance.broadcast'), payload)
}

const takeEvents = async (client, count) => {
  const events = []
  while (events.length < count) events.push((await client.take('a broadcast', isEvent)).message.payload)
  return events
}

/** Reads acknowledgements until one says `count` or more. */
const acknowledged = async (client, count) => {
  let received = 0
  while (received < count) ({ received } = await takeControl(client, 'ack'))
  return received
}

export const sessions = [
  {
    name: 'sessions.name',
    rule: 'the name of a session is selected when the client offers it first',
    run: async ({ upgrade }) => {
      const { headers } = await upgrade({ protocols: [NAME, 'conformance.token'] })
      const selected = headers['sec-websocket-protocol']
      expect(selected === NAME, `expected ${NAME} to be selected, got ${show(selected)}`)
    },
  },
  {
    name: 'sessions.welcome',
    rule: 'a hello without a key is answered with a new session, whose key is not its id',
    run: async ({ connect }) => {
      const keys = new Set()
      for (let n = 0; n < 2; n++) {
        const { welcome } = await open(connect)
        const { resumed, id, key, ttl, window, maxPayload } = welcome
        expect(resumed === false, `expected "resumed": false, got ${show(welcome)}`)
        expect(typeof id === 'string' && typeof key === 'string', `expected an id and a key, got ${show(welcome)}`)
        expect(id !== key && key.length >= 43, `expected a key of 32 random bytes, got ${show(key)}`)
        const isComplete = [ttl, window?.messages, window?.bytes, maxPayload].every(Number.isInteger)
        expect(isComplete, `expected ttl, window and maxPayload, got ${show(welcome)}`)
        keys.add(key)
      }
      expect(keys.size === 2, 'two sessions have one key')
    },
  },
  {
    name: 'sessions.before',
    rule: 'before hello a heartbeat is answered, and nothing else is sent',
    run: async ({ connect }) => {
      const client = await connectTo(connect)
      client.raw('ping')
      const { text } = await client.take('pong', () => true)
      expect(text === 'pong', `expected pong, got ${show(text)}`)
    },
  },
  {
    name: 'sessions.first',
    rule: 'a counted frame before hello closes with 4400',
    run: async ({ connect, name }) => {
      const client = await connectTo(connect)
      ask(client, 1, name('conformance.echo'))
      await isClosedWith(client, 4400)
    },
  },
  {
    name: 'sessions.second',
    rule: 'a second hello closes with 4400',
    run: async ({ connect }) => {
      const { client } = await open(connect)
      client.raw(write({ is: 'hello', window: WINDOW }))
      await isClosedWith(client, 4400)
    },
  },
  {
    name: 'sessions.malformed',
    rule: 'a malformed control frame closes with 4400',
    run: async ({ connect }) => {
      for (const text of ['$', '${"is":"ack"}', '${"is":"ack","received":-1}', '${"is":"hello","key":"k"}']) {
        const client = await connectTo(connect)
        client.raw(text)
        await isClosedWith(client, 4400)
      }
    },
  },
  {
    name: 'sessions.ack',
    rule: 'counted frames are acknowledged, invalid ones too; heartbeats and control frames are not counted',
    run: async ({ connect, name }) => {
      const { client } = await open(connect)
      client.raw('ping')
      ask(client, 1, name('conformance.echo'))
      client.raw('not json')
      client.raw(JSON.stringify({ jsonrpc: '2.0', method: 'conformance.missing' }))
      const received = await acknowledged(client, 3)
      expect(received === 3, `expected 3 frames to be acknowledged, got ${received}`)
    },
  },
  {
    name: 'sessions.resume',
    rule: 'a session goes on with its id, and what was sent meanwhile arrives once and in order',
    run: async ({ connect, name }) => {
      const { client, welcome } = await open(connect)
      client.ws.terminate()
      await broadcast(connect, name, 'one', 'two')
      const again = await open(connect, counters(welcome.key))
      const { resumed, id, sent, kept } = again.welcome
      expect(resumed === true, `expected "resumed": true, got ${show(again.welcome)}`)
      expect(id === welcome.id, `expected the id ${show(welcome.id)}, got ${show(id)}`)
      expect(sent === 2 && kept === true, `expected "sent": 2 and "kept": true, got ${show(again.welcome)}`)
      const events = await takeEvents(again.client, 2)
      expect(same(events, ['one', 'two']), `expected one and two, got ${show(events)}`)
    },
  },
  {
    name: 'sessions.repeat',
    rule: 'what the client has not received is sent again in order, and nothing else',
    run: async ({ connect, name }) => {
      const { client, welcome } = await open(connect)
      await broadcast(connect, name, 1, 2, 3)
      await takeEvents(client, 3)
      const again = await open(connect, counters(welcome.key, { received: 1 }))
      const events = await takeEvents(again.client, 2)
      expect(same(events, [2, 3]), `expected 2 and 3 again, got ${show(events)}`)
      await broadcast(connect, name, 4)
      const [last] = await takeEvents(again.client, 1)
      expect(last === 4, `expected 4 after that, got ${show(last)}`)
    },
  },
  {
    name: 'sessions.taken',
    rule: 'a request that is running is not asked for again, and keeps its answer',
    run: async ({ connect, name }) => {
      const { client, welcome } = await open(connect)
      ask(client, 1, name('conformance.wait'))
      await acknowledged(client, 1)
      const again = await open(connect, counters(welcome.key, { acked: 1, sent: 1 }))
      const { received } = again.welcome
      expect(received === 1, `expected "received": 1, got ${show(received)}`)
      again.client.raw(JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }))
      const { error } = await again.client.answer(1)
      expect(error?.code === -32800, `expected the answer of the request, got ${show(error)}`)
    },
  },
  {
    name: 'sessions.older',
    rule: 'a resume closes the older connection with 4409',
    run: async ({ connect }) => {
      const { client, welcome } = await open(connect)
      await open(connect, counters(welcome.key))
      await isClosedWith(client, 4409)
    },
  },
  {
    name: 'sessions.turn',
    rule: 'a hello that a later one has overtaken closes with 4409, and the session stays where it is',
    run: async ({ connect, name }) => {
      const { welcome } = await open(connect)
      const { client } = await open(connect, counters(welcome.key, { turn: 2 }))
      const late = await connectTo(connect)
      late.raw(write({ is: 'hello', window: WINDOW, ...counters(welcome.key) }))
      await isClosedWith(late, 4409)
      ask(client, 1, name('conformance.echo'), 'here')
      await client.answer(1)
    },
  },
  {
    name: 'sessions.key',
    rule: 'an unknown key is answered like none',
    run: async ({ connect }) => {
      const membersOf = ({ welcome }) => Object.keys(welcome).sort()
      const none = membersOf(await open(connect))
      const unknown = membersOf(await open(connect, counters('conformance')))
      expect(same(none, unknown), `expected the members ${none.join(', ')}, got ${unknown.join(', ')}`)
    },
  },
  {
    name: 'sessions.counters',
    rule: 'counters that cannot be true are a new session',
    run: async ({ connect }) => {
      for (const lie of [{ received: 1 }, { acked: 1, sent: 1 }]) {
        const { welcome } = await open(connect)
        const again = await open(connect, counters(welcome.key, lie))
        expect(again.welcome.resumed === false, `expected "resumed": false after ${show(lie)}`)
      }
    },
  },
  {
    name: 'sessions.unsent',
    rule: 'an acknowledgement of what was never sent closes with 4400',
    run: async ({ connect }) => {
      const { client } = await open(connect)
      client.raw(write({ is: 'ack', received: 1 }))
      await isClosedWith(client, 4400)
    },
  },
  {
    name: 'sessions.bye',
    rule: 'bye is answered with bye and a close, and ends the session',
    run: async ({ connect, name }) => {
      const { client, welcome } = await open(connect)
      ask(client, 1, name('conformance.echo'))
      await client.answer(1)
      client.raw(write({ is: 'bye', received: 1 }))
      const { received } = await takeControl(client, 'bye')
      expect(received === 1, `expected "received": 1, got ${show(received)}`)
      await client.closed()
      const again = await open(connect, counters(welcome.key, { received: 1, acked: 1, sent: 1 }))
      expect(again.welcome.resumed === false, 'the session is resumed after bye')
    },
  },
  {
    name: 'sessions.end',
    rule: 'hello with end ends the session and says what was taken, also when it comes again',
    run: async ({ connect, name }) => {
      const { client, welcome } = await open(connect)
      ask(client, 1, name('conformance.wait'))
      ask(client, 2, name('conformance.echo'))
      await client.answer(2)
      // The frame with the number 3 was stored, and has not been sent.
      const end = counters(welcome.key, { sent: 3, end: true })
      for (let n = 0; n < 2; n++) {
        const again = await open(connect, end)
        const { resumed, ended, acked } = again.welcome
        const isRight = resumed === false && ended === true && acked === 2
        expect(isRight, `expected "resumed": false, "ended": true and "acked": 2, got ${show(again.welcome)}`)
      }
      const late = await open(connect, counters(welcome.key, { turn: 9, sent: 3 }))
      expect(late.welcome.resumed === false, 'the session is resumed after its end')
      const unknown = await open(connect, counters('conformance', { end: true }))
      expect(
        unknown.welcome.ended === undefined,
        `expected no "ended" for an unknown key, got ${show(unknown.welcome)}`,
      )
    },
  },
].map((one) => ({ ...one, section, part }))
