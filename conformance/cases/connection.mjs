import { expect, same, show } from '../client.mjs'

const section = 'Connection'

const typeOf = (message) => (typeof message === 'object' && message !== null ? message.type : undefined)

export const connection = [
  {
    name: 'connection.plain',
    rule: 'without a subprotocol none is selected, and messages are JSON in text frames',
    section,
    run: async ({ upgrade, connect, name }) => {
      const { status, headers, accept } = await upgrade()
      expect(status === 101, `expected 101, got ${status}`)
      expect(headers['sec-websocket-accept'] === accept, 'Sec-WebSocket-Accept is not the answer to the key')
      const selected = headers['sec-websocket-protocol']
      expect(selected === undefined, `nothing was offered, and ${show(selected)} selected`)
      const client = await connect({ protocols: [] })
      expect(
        (await client.result(name('conformance.echo'), ['Grüße 🦜'])).at(0) === 'Grüße 🦜',
        'a text came back changed',
      )
    },
  },
  {
    name: 'connection.offered',
    rule: 'a selected subprotocol was offered; if it names no codec, the unnamed codec is used',
    section,
    run: async ({ upgrade, connect, name }) => {
      const offered = ['conformance.unknown', 'conformance.missing']
      const { status, headers } = await upgrade({ protocols: offered })
      expect(status === 101, `expected 101, got ${status}`)
      const selected = headers['sec-websocket-protocol']
      if (selected === undefined) return
      expect(offered.includes(selected), `${show(selected)} was selected and not offered`)
      const client = await connect({ protocols: offered })
      expect((await client.result(name('conformance.echo'), [1])).at(0) === 1, 'an echo came back changed')
    },
  },
  {
    name: 'connection.codec',
    rule: 'a subprotocol that names a codec is selected, also after one that names none',
    section,
    part: 'codecs',
    run: async ({ connect, name }) => {
      for (const protocols of [['conformance.bytes'], ['conformance.unknown', 'conformance.bytes']]) {
        const client = await connect({ protocols, codec: 'bytes' })
        expect(client.ws.protocol === 'conformance.bytes', `selected was ${show(client.ws.protocol)}`)
        const echoed = await client.result(name('conformance.echo'), { bytes: true })
        expect(same(echoed, { bytes: true }), `an echo came back as ${show(echoed)}`)
      }
    },
  },
  {
    name: 'connection.fragments',
    rule: 'the fragments of a message are joined',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const text = JSON.stringify({ jsonrpc: '2.0', id: 'f', method: name('conformance.echo'), params: ['é'] })
      const bytes = Buffer.from(text)
      const middle = bytes.indexOf('é') + 1
      // In the middle of a character, too.
      client.raw(bytes.subarray(0, middle), { fin: false, binary: false })
      client.raw(bytes.subarray(middle), { fin: true, binary: false })
      expect(same((await client.answer('f')).result, ['é']), 'an echo came back changed')
    },
  },
  {
    name: 'connection.events',
    rule: 'a named event is received by its name; events are received in order',
    section,
    part: 'events',
    run: async ({ connect }) => {
      const client = await connect()
      for (let n = 0; n < 20; n++) client.send({ type: 'conformance/echo', payload: { n } })
      for (let n = 0; n < 20; n++) {
        const { payload } = await client.message(
          `event ${n} to come back`,
          (message) => typeOf(message) === 'conformance/echoed',
        )
        expect(same(payload, { n }), `expected event ${n}, got ${show(payload)}`)
      }
      await client.nothingElse('each event is answered once')
    },
  },
  {
    name: 'connection.own',
    rule: 'a message that is not JSON-RPC 2.0 is the app’s own and not answered as a call',
    section,
    run: async ({ connect, name }) => {
      const client = await connect()
      const call = { id: 1, method: name('conformance.echo'), params: [] }
      const own = [call, { ...call, jsonrpc: '1.0' }, [], [call], { type: 'conformance/missing' }, 7, 'text', null]
      for (const message of own) client.send(message)
      await client.nothingElse('the app’s own messages are not answered')
    },
  },
  {
    name: 'connection.broadcast',
    rule: 'a broadcast reaches each connection once, the sender’s too',
    section,
    part: 'broadcast',
    run: async ({ connect, name }) => {
      const clients = [await connect(), await connect(), await connect()]
      await clients[0].result(name('conformance.broadcast'), { n: 1 })
      for (const client of clients) {
        const event = await client.message('a broadcast', (message) => typeOf(message) === 'conformance/broadcast')
        expect(same(event, { type: 'conformance/broadcast', payload: { n: 1 } }), `a broadcast is ${show(event)}`)
      }
      for (const client of clients) await client.nothingElse('a broadcast comes once')
    },
  },
  {
    name: 'connection.early',
    rule: 'messages that arrive before the server has decided about the client are kept, in order',
    section: 'Close codes',
    part: 'refusals',
    run: async ({ connect, name }) => {
      const client = await connect({ query: { 'conformance.decide': '50' } })
      const method = name('conformance.echo')
      for (let n = 0; n < 20; n++) client.send({ jsonrpc: '2.0', id: n, method, params: [n] })
      for (let n = 0; n < 20; n++) expect(same((await client.answer(n)).result, [n]), `echo ${n} came back changed`)
    },
  },
]
