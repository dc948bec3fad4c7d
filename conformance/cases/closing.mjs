import { once } from 'node:events'
import { Broken, expect, show } from '../client.mjs'

const section = 'Close codes'

const isClosedWith = async (client, code) => {
  const ended = await client.closed(`a close with ${code}`)
  expect(ended.code === code, `expected a close with ${code}, got ${ended.code}`)
  return ended
}

const ask = (client, method, params) => client.send({ jsonrpc: '2.0', method, params })

/** Resolves with the first bytes from a socket. */
const bytesOf = async (socket, timeout) => {
  const signal = AbortSignal.timeout(timeout)
  const [bytes] = await Promise.race([once(socket, 'data', { signal }), once(socket, 'end', { signal })]).catch(() => {
    throw new Broken(`expected a close frame within ${timeout} ms`)
  })
  return bytes ?? Buffer.alloc(0)
}

export const closing = [
  {
    name: 'closing.code',
    rule: 'the code and the reason of the app arrive unchanged',
    section,
    part: 'closing',
    run: async ({ connect, name }) => {
      for (const [code, reason] of [
        [1000, ''],
        [1012, 'restart'],
        [4711, 'Grüße'],
      ]) {
        const client = await connect()
        ask(client, name('conformance.close'), { code, reason })
        const ended = await isClosedWith(client, code)
        expect(ended.reason === reason, `expected the reason ${show(reason)}, got ${show(ended.reason)}`)
      }
    },
  },
  {
    name: 'closing.reason',
    rule: 'a longer reason is cut to 123 bytes of whole characters',
    section,
    part: 'closing',
    run: async ({ connect, name }) => {
      const client = await connect()
      const reason = `x${'é'.repeat(200)}`
      ask(client, name('conformance.close'), { code: 4711, reason })
      const ended = await isClosedWith(client, 4711)
      expect(ended.bytes <= 123, `the reason has ${ended.bytes} bytes`)
      expect(ended.reason !== '' && reason.startsWith(ended.reason), `the reason is ${show(ended.reason)}`)
    },
  },
  {
    name: 'closing.answer',
    rule: 'a client’s close is answered with a close of the same code',
    section,
    run: async ({ connect }) => {
      for (const code of [1000, 4711]) {
        const client = await connect()
        client.ws.close(code)
        await isClosedWith(client, code)
      }
    },
  },
  {
    name: 'closing.refusal',
    rule: 'a refused client is upgraded, and then closed with the code of the refusal',
    section,
    part: 'refusals',
    run: async ({ connect }) => {
      for (const code of [4400, 4401, 4403, 1011]) {
        await isClosedWith(await connect({ query: { 'conformance.refuse': String(code) } }), code)
      }
    },
  },
  {
    name: 'closing.origin',
    rule: 'a page of an origin that is not allowed is upgraded, and then closed with 4403',
    section,
    part: 'refusals',
    run: async ({ connect }) => {
      await isClosedWith(await connect({ more: { origin: 'https://conformance.invalid' } }), 4403)
    },
  },
  {
    name: 'closing.path',
    rule: 'an upgrade for another path is answered with 404',
    section,
    part: 'path',
    run: async ({ upgrade }) => {
      const { status } = await upgrade({ path: '/conformance/elsewhere' })
      expect(status === 404, `expected 404, got ${status}`)
    },
  },
  {
    name: 'closing.unmasked',
    rule: 'a frame that breaks RFC 6455 closes with 1002',
    section,
    run: async ({ upgrade, timeout }) => {
      const { socket, status } = await upgrade()
      expect(socket, `expected an upgrade, got ${status}`)
      // A client's frame must be masked: section 5.1.
      socket.write(Buffer.from([0x81, 1, 0x41]))
      const bytes = await bytesOf(socket, timeout)
      const code = bytes.length >= 4 && bytes[0] === 0x88 ? bytes.readUInt16BE(2) : undefined
      expect(code === 1002, `expected a close with 1002, got ${code ?? 'no close frame'}`)
    },
  },
  {
    name: 'closing.utf8',
    rule: 'a text frame that is not UTF-8 closes with 1007',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      client.raw(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false })
      await isClosedWith(client, 1007)
    },
  },
  {
    name: 'closing.size',
    rule: 'a message that is too large closes with 1009',
    section,
    part: 'limits',
    run: async ({ connect, maxPayload }) => {
      const client = await connect()
      client.raw('x'.repeat(maxPayload + 1))
      await isClosedWith(client, 1009)
    },
  },
]
