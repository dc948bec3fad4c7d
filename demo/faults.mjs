// What can go wrong on a server, each behind one switch. A fault hits every open socket, whichever tab it belongs to.
import { createThrottle } from './throttle.mjs'

const REFUSE_MS = 5000
const PONG_DEADLINE_MS = 2000
const MAX_BURST = 10_000

/** A wish the server cannot grant; `status` is the HTTP status to answer with. */
export class FaultError extends Error {
  constructor(message, status = 400) {
    super(message)
    this.name = 'FaultError'
    this.status = status
  }
}

const requireInteger = (value, name, min, max) => {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new FaultError(`${name} must be a whole number from ${min} to ${max}.`)
}

/** The codes a server may put into a close frame: 1005, 1006 and 1015 only ever describe the lack of one (RFC 6455, 7.4.1). */
const isSendableCode = (code) =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

/**
 * The switches over the sockets of one `ws` server.
 *
 * @param {{ clients: Set<import('ws').WebSocket> }} wss
 */
export function createFaults(wss) {
  let refusingUntil = 0
  let isSilent = false
  /** Continues what waited for the server to speak again: upgrades, mostly. @type {Array<() => void>} */
  let held = []

  const open = () => [...wss.clients].filter((client) => client.readyState === client.OPEN)
  const throttle = createThrottle({ mayRead: () => !isSilent })
  const status = () => ({ clients: open().length, isSilent, isSlow: throttle.isSlow(), refusingUntil })

  /** Does `act` to every open socket; a silent server writes nothing. */
  const speakToAll = (act) => {
    if (isSilent) throw new FaultError('The server is silent. Let it speak again first.', 409)
    const clients = open()
    for (const client of clients) act(client)
    return { ...status(), hit: clients.length }
  }

  const switches = {
    drop() {
      const hit = wss.clients.size
      for (const client of wss.clients) client.terminate()
      return { ...status(), clients: 0, hit }
    },

    refuse() {
      refusingUntil = Date.now() + REFUSE_MS
      return status()
    },

    malformed: () => speakToAll((client) => client.send('{"type":"price/changed","payload":')),

    binary: () => speakToAll((client) => client.send(new Uint8Array([0xde, 0xad, 0xbe, 0xef]))),

    async ping() {
      const pongs = []
      const startedAt = performance.now()
      const answer = speakToAll((client) => {
        pongs.push(nextPong(client))
        client.send('ping')
      })
      const answered = (await Promise.all(pongs)).filter(Boolean).length
      return { ...answer, pongs: answered, milliseconds: Math.round(performance.now() - startedAt) }
    },

    close({ code, reason = '' }) {
      if (!isSendableCode(code)) throw new FaultError('A server can send 1000–1003, 1007–1014 and 3000–4999.')
      if (typeof reason !== 'string' || Buffer.byteLength(reason) > 123) {
        throw new FaultError('The reason must be a text of at most 123 bytes.')
      }
      return speakToAll((client) => client.close(code, reason))
    },

    silence() {
      isSilent = true
      for (const client of open()) client.pause()
      return status()
    },

    speak() {
      isSilent = false
      for (const client of open()) client.resume()
      for (const proceed of held) proceed()
      held = []
      return status()
    },

    slow() {
      throttle.set(true)
      return status()
    },

    fast() {
      throttle.set(false)
      return status()
    },

    burst({ count }) {
      const of = requireInteger(count, 'count', 1, MAX_BURST)
      return speakToAll((client) => {
        for (let n = 1; n <= of; n += 1) client.send(JSON.stringify({ type: 'burst/ticked', payload: { n, of } }))
      })
    },
  }

  return {
    status,
    /** Puts a new connection under the switches that reach below its messages. */
    watch: (client, socket) => throttle.watch(client, socket),
    isRefusing: () => Date.now() < refusingUntil,
    /** Runs `proceed` now, or as soon as the server speaks again. */
    whenSpeaking: (proceed) => (isSilent ? void held.push(proceed) : proceed()),
    /** @param {string} name @param {Record<string, unknown>} options */
    run(name, options) {
      if (!Object.hasOwn(switches, name)) throw new FaultError(`No such fault: ${name}`, 404)
      return switches[name](options)
    },
  }
}

/** True when `client` answers `pong` in time. */
function nextPong(client) {
  return new Promise((resolve) => {
    const settle = (answered) => {
      clearTimeout(deadline)
      client.off('message', onMessage)
      client.off('close', onClose)
      resolve(answered)
    }
    const onMessage = (data, isBinary) => {
      if (!isBinary && data.toString() === 'pong') settle(true)
    }
    const onClose = () => settle(false)
    const deadline = setTimeout(settle, PONG_DEADLINE_MS, false)
    client.on('message', onMessage)
    client.on('close', onClose)
  })
}
