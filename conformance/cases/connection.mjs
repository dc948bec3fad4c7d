import { expect, same, show } from '../client.mjs'

const section = 'Connection'

const typeOf = (message) => (typeof message === 'object' && message !== null ? message.type : undefined)

export const connection = [
  {
    name: 'connection.plain',
    rule: 'without a subprotocol none is selected, and JSON is spoken in text frames',
    section,
    run: async ({ upgrade, dial, name }) => {
      const { status, headers, accept } = await upgrade()
      expect(status === 101, `expected 101, got ${status}`)
      expect(headers['sec-websocket-accept'] === accept, 'Sec-WebSocket-Accept is not the answer to the key')
      const selected = headers['sec-websocket-protocol']
      expect(selected === undefined, `nothing was offered, and ${show(selected)} selected`)
      const client = await dial({ protocols: [] })
      expect(
        (await client.result(name('conformance.echo'), ['Grüße 🦜'])).at(0) === 'Grüße 🦜',
        'a text came back changed',
      )
    },
  },
  {
    name: 'connection.offered',
    rule: 'what is selected was offered; if it is no codec, the unnamed one is spoken',
    section,
    run: async ({ upgrade, dial, name }) => {
      const offered = ['conformance.unknown', 'conformance.unheard-of']
      const { status, headers } = await upgrade({ protocols: offered })
      expect(status === 101, `expected 101, got ${status}`)
      const selected = headers['sec-websocket-protocol']
      if (selected === undefined) return
      expect(offered.includes(selected), `${show(selected)} was selected and not offered`)
      const client = await dial({ protocols: offered })
      expect((await client.result(name('conformance.echo'), [1])).at(0) === 1, 'an echo came back changed')
    },
  },
  {
    name: 'connection.codec',
    rule: 'a subprotocol that names a codec is selected, also behind one that names none',
    section,
    part: 'codecs',
    run: async ({ dial, name }) => {
      for (const protocols of [['conformance.bytes'], ['conformance.unknown', 'conformance.bytes']]) {
        const client = await dial({ protocols, codec: 'bytes' })
        expect(client.ws.protocol === 'conformance.bytes', `selected was ${show(client.ws.protocol)}`)
        const echoed = await client.result(name('conformance.echo'), { bytes: true })
        expect(same(echoed, { bytes: true }), `an echo came back as ${show(echoed)}`)
      }
    },
  },
  {
    name: 'connection.fragments',
    rule: 'fragments are put together',
    section,
    run: async ({ dial, name }) => {
      const client = await dial()
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
    rule: 'a named event is heard by its name; events are heard in order',
    section,
    part: 'events',
    run: async ({ dial }) => {
      const client = await dial()
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
    rule: 'what is no JSON-RPC 2.0 is the app’s own and not answered as a call',
    section,
    run: async ({ dial, name }) => {
      const client = await dial()
      const call = { id: 1, method: name('conformance.echo'), params: [] }
      const own = [call, { ...call, jsonrpc: '1.0' }, [], [call], { type: 'conformance/unheard-of' }, 7, 'text', null]
      for (const message of own) client.send(message)
      await client.nothingElse('the app’s own messages are not answered')
    },
  },
  {
    name: 'connection.broadcast',
    rule: 'a broadcast reaches each connection once, the sender’s too',
    section,
    part: 'broadcast',
    run: async ({ dial, name }) => {
      const clients = [await dial(), await dial(), await dial()]
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
    rule: 'messages that come before the server has decided are kept, in order',
    section: 'Close codes',
    part: 'refusals',
    run: async ({ dial, name }) => {
      const client = await dial({ query: { 'conformance.decide': '50' } })
      const method = name('conformance.echo')
      for (let n = 0; n < 20; n++) client.send({ jsonrpc: '2.0', id: n, method, params: [n] })
      for (let n = 0; n < 20; n++) expect(same((await client.answer(n)).result, [n]), `echo ${n} came back changed`)
    },
  },
]
