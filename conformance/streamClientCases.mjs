// The rules of docs/protocol.md, "Streaming replies", for a client. It is run by `runClientCase` of clientCases.mjs, so it has a session.
import { expect, same, show } from './client.mjs'
import { isControl, welcomeBack, welcomeNew } from './clientCases.mjs'

const ID = ({ request }) => request.id

/** Reads the counted frames of the client until one is found. Keeps the others. */
const until = async (talk, what, test) => {
  const kept = talk.messages.findIndex(test)
  if (kept >= 0) return talk.messages.splice(kept, 1)[0]
  for (;;) {
    const text = await talk.link.next(what)
    if (isControl(text)) {
      const frame = JSON.parse(text.slice(1))
      if (frame.is === 'ack') talk.acked = frame.received
      continue
    }
    const message = JSON.parse(text)
    if (test(message)) return message
    talk.messages.push(message)
  }
}

const isSaid = (payload) => (message) => message.type === 'conformance/said' && same(message.payload, payload)
const isCall = (method) => (message) => message.method === method

/** The client has read these, in this order. */
const said = async (talk, ...payloads) => {
  for (const payload of payloads) {
    const what = `the event ${show(payload)}`
    const message = await until(talk, what, ({ type }) => type === 'conformance/said')
    expect(same(message.payload, payload), `expected ${what}, got ${show(message.payload)}`)
  }
}

/** Makes two round trips, by which the client has done everything that it was given reason to, and returns what it sent. */
const settle = async (talk) => {
  for (let round = 0; round < 2; round++) {
    talk.link.sendEvent('ping')
    await until(talk, 'the event "pong"', isSaid('pong'))
  }
  return talk.messages
}

const chunk = (talk, ...all) => {
  for (const data of all) talk.link.message({ jsonrpc: '2.0', method: '$/chunk', params: { id: ID(talk), data } })
}

const answer = (talk, more = { result: null }) => talk.link.message({ jsonrpc: '2.0', id: ID(talk), ...more })

/** Begins a session, and takes the request for chunks. */
const begin = async (next) => {
  const link = await next()
  await link.control('hello')
  link.send(welcomeNew('first'))
  const talk = { link, messages: [], acked: 0 }
  talk.request = await until(talk, 'a request for chunks', ({ stream }) => stream !== undefined)
  talk.window = talk.request.stream?.window ?? 32
  return talk
}

/** Loses the connection, and lets the session go on. The server has taken everything, and has sent `sent` messages. */
const goOn = async (talk, next, sent, kept) => {
  talk.link.cut()
  talk.link = await next()
  const hello = await talk.link.control('hello')
  expect(hello.received === sent, `expected ${sent} messages to be received, got ${show(hello)}`)
  talk.link.send(welcomeBack('first', { received: hello.sent, acked: hello.sent, sent, kept }))
}

/** Waits until the client has acknowledged so many messages. */
const acknowledged = async (talk, count) => {
  while (talk.acked < count) {
    const text = await talk.link.next('an acknowledgement')
    if (isControl(text)) talk.acked = JSON.parse(text.slice(1)).received
    else talk.messages.push(JSON.parse(text))
  }
}

/** How many chunks the client has confirmed, as far as is known. */
const confirmed = ({ messages }) =>
  messages.filter(isCall('$/more')).reduce((total, { params }) => total + Number(params.count), 0)

/**
 * Cases for a client that asks for `conformance.count` in chunks when it is told to start. It sends the named event `conformance/said` with each chunk that it has read,
 * then with `end`, or with `error` where the reply ends with an error. After the chunk `cancel` it cancels; after the chunk `stop` it reads no more until it gets the event
 * `conformance/said` with `go`. It answers the event with `ping` by one with `pong`. Its connection and acknowledgements are as in {@link clientCases}.
 */
export const streamClientCases = [
  {
    name: 'stream.chunks',
    rule: 'the chunks are read in order, then the end; the window is a whole number above 0',
    run: async (next) => {
      const talk = await begin(next)
      expect(Number.isInteger(talk.window) && talk.window > 0, `expected a window, got ${show(talk.request.stream)}`)
      chunk(talk, 'a')
      answer(talk)
      await said(talk, 'a', 'end')
    },
  },
  {
    name: 'stream.end',
    rule: 'a chunk after the answer is ignored, and not confirmed',
    run: async (next) => {
      const talk = await begin(next)
      answer(talk)
      await said(talk, 'end')
      chunk(talk, 'late')
      const after = await settle(talk)
      expect(after.length === 0, `expected nothing after the end, got ${show(after)}`)
    },
  },
  {
    name: 'stream.credit',
    rule: 'chunks that were read are confirmed before the window is full, and no more than were sent',
    run: async (next) => {
      const talk = await begin(next)
      for (let n = 1; n <= talk.window; n++) chunk(talk, n)
      const { params } = await until(talk, 'a confirmation', isCall('$/more'))
      const { id, count } = params
      const isRight = id === ID(talk) && Number.isInteger(count) && count > 0 && count <= talk.window
      expect(isRight, `expected a part of ${talk.window} chunks to be confirmed, got ${show(params)}`)
    },
  },
  {
    name: 'stream.backpressure',
    rule: 'chunks that are not read are not confirmed',
    run: async (next) => {
      const talk = await begin(next)
      chunk(talk, 'stop')
      for (let n = 2; n <= talk.window; n++) chunk(talk, n)
      await settle(talk)
      const count = confirmed(talk)
      expect(count <= 1, `expected one chunk at most to be confirmed, got ${count}`)
      talk.link.sendEvent('go')
      await until(talk, 'a confirmation', isCall('$/more'))
    },
  },
  {
    name: 'stream.cancel',
    rule: 'a client that wants no more cancels the request, and ignores what follows',
    run: async (next) => {
      const talk = await begin(next)
      chunk(talk, 'cancel')
      const { params } = await until(talk, 'a $/cancelRequest', isCall('$/cancelRequest'))
      expect(params.id === ID(talk), `expected the id ${show(ID(talk))}, got ${show(params)}`)
      chunk(talk, 'late')
      answer(talk, { error: { code: -32800, message: 'cancelled' } })
      const late = (await settle(talk)).find(isSaid('late'))
      expect(late === undefined, `expected the chunk after the cancel to be ignored, got ${show(late)}`)
    },
  },
  {
    name: 'stream.resume',
    rule: 'in a session that goes on no chunk is read twice, and the request is not sent again',
    run: async (next) => {
      const talk = await begin(next)
      chunk(talk, 'a')
      await said(talk, 'a')
      await acknowledged(talk, 1)
      await goOn(talk, next, 1, true)
      chunk(talk, 'b')
      answer(talk)
      await said(talk, 'b', 'end')
      const again = (await settle(talk)).find(({ stream }) => stream !== undefined)
      expect(again === undefined, `expected no second request, got ${show(again)}`)
    },
  },
  {
    name: 'stream.unended',
    rule: 'where the server does not have the request any more, the reply ends with an error',
    run: async (next) => {
      const talk = await begin(next)
      chunk(talk, 'a')
      await said(talk, 'a')
      await acknowledged(talk, 1)
      await goOn(talk, next, 1, false)
      await said(talk, 'error')
    },
  },
]
