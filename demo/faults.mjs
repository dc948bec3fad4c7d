// Faults of a server, each behind one switch. A fault affects every open connection, whichever tab it belongs to.
import { createThrottle } from './throttle.mjs'

const REFUSE_SECONDS = 5
const PONG_TIMEOUT_MS = 2000
const MAX_BURST = 10_000
const MAX_RATE = 5_000
/** The time between two groups of messages of a stream, in milliseconds. */
const STREAM_STEP_MS = 20

/** A request for a fault that the server rejects; `status` is the HTTP status of the response. */
export class FaultError extends Error {
  constructor(message, status = 400) {
    super(message)
    this.name = 'FaultError'
    this.status = status
  }
}

const requireInteger = (value, name, min, max) => {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new FaultError(`Expected ${name} to be a whole number from ${min} to ${max}.`)
}

/** The codes that a server may put into a close frame: 1005, 1006 and 1015 only describe its absence (RFC 6455, 7.4.1). */
const isSendableCode = (code) =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

const requireClose = ({ code, reason = '' }) => {
  if (!isSendableCode(code)) {
    throw new FaultError('Expected a close code that a server may send: 1000–1003, 1007–1014 or 3000–4999.')
  }
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > 123) {
    throw new FaultError('Expected the reason to be a string of at most 123 bytes.')
  }
  return { code, reason }
}

/**
 * Creates the switches for the connections of one `ws` server.
 *
 * @param {{ clients: Set<import('ws').WebSocket> }} wss
 */
export function createFaults(wss) {
  const state = { refusingUntil: 0, isFrozen: false, /** @type {Array<() => void>} */ waitingUpgrades: [] }
  const throttle = createThrottle({ mayRead: () => !state.isFrozen })
  const switches = createSwitches({ wss, state, throttle })
  return {
    status: switches.status,
    /** Applies the faults that act below the messages to a new connection. */
    watch: (client, socket) => throttle.watch(client, socket),
    isRefusing: () => Date.now() < state.refusingUntil,
    /** Runs `proceed` now, or as soon as the server is no longer frozen. */
    whenUnfrozen: (proceed) => (state.isFrozen ? void state.waitingUpgrades.push(proceed) : proceed()),
    /** @param {string} name @param {Record<string, unknown>} options */
    run(name, options) {
      if (name === 'status' || !Object.hasOwn(switches, name)) throw new FaultError(`Unknown fault: ${name}.`, 404)
      return switches[name](options)
    },
  }
}

function createSwitches({ wss, state, throttle }) {
  const openClients = () => [...wss.clients].filter((client) => client.readyState === client.OPEN)
  const status = () => ({
    clients: openClients().length,
    isFrozen: state.isFrozen,
    isSlow: throttle.isSlow(),
    refusingUntil: state.refusingUntil,
  })
  /** Sends something to every open connection. A frozen server sends nothing. */
  const sendToAll = (send) => {
    if (state.isFrozen) throw new FaultError('The server is frozen. Unfreeze it first.', 409)
    const clients = openClients()
    for (const client of clients) send(client)
    return { ...status(), affected: clients.length }
  }
  return {
    ...createConnectionSwitches({ wss, state, throttle, openClients, status }),
    ...createMessageSwitches(sendToAll),
    status,
  }
}

/** The faults below the messages. */
function createConnectionSwitches({ wss, state, throttle, openClients, status }) {
  const setSlow = (isSlow) => {
    throttle.setSlow(isSlow)
    return status()
  }
  return {
    drop() {
      const affected = wss.clients.size
      for (const client of wss.clients) client.terminate()
      return { ...status(), clients: 0, affected }
    },
    /** 0 seconds ends a refusal. */
    refuse({ seconds = REFUSE_SECONDS }) {
      state.refusingUntil = Date.now() + requireInteger(seconds, 'seconds', 0, 60) * 1000
      return status()
    },
    freeze() {
      state.isFrozen = true
      for (const client of openClients()) client.pause()
      return status()
    },
    unfreeze() {
      state.isFrozen = false
      for (const client of openClients()) client.resume()
      for (const proceed of state.waitingUpgrades.splice(0)) proceed()
      return status()
    },
    slow: () => setSlow(true),
    fast: () => setSlow(false),
  }
}

/** The faults that send a frame to every open connection. */
function createMessageSwitches(sendToAll) {
  return {
    malformed: () => sendToAll((client) => client.send('{"type":"price/changed","payload":')),
    binary: () => sendToAll((client) => client.send(new Uint8Array([0xde, 0xad, 0xbe, 0xef]))),
    async ping() {
      const pongs = []
      const startedAt = performance.now()
      const result = sendToAll((client) => {
        pongs.push(receivesPong(client))
        client.send('ping')
      })
      const received = (await Promise.all(pongs)).filter(Boolean).length
      return { ...result, pongs: received, milliseconds: Math.round(performance.now() - startedAt) }
    },
    close(options) {
      const { code, reason } = requireClose(options)
      return sendToAll((client) => client.close(code, reason))
    },
    burst({ count }) {
      const of = requireInteger(count, 'count', 1, MAX_BURST)
      return sendToAll((client) => {
        for (let n = 1; n <= of; n += 1) client.send(JSON.stringify({ type: 'burst/ticked', payload: { n, of } }))
      })
    },
    /** Sends so many messages a second for some seconds. */
    stream({ perSecond, seconds }) {
      const rate = requireInteger(perSecond, 'perSecond', 1, MAX_RATE)
      const of = rate * requireInteger(seconds, 'seconds', 1, 60)
      return sendToAll((client) => streamTo(client, rate, of))
    },
  }
}

/** Sends `of` messages to one client, `rate` a second. Ends early when the client has closed. */
function streamTo(client, rate, of) {
  const startedAt = performance.now()
  let n = 0
  const timer = setInterval(() => {
    const due = Math.min(of, Math.round(((performance.now() - startedAt) / 1000) * rate))
    while (n < due && client.readyState === client.OPEN) {
      n += 1
      client.send(JSON.stringify({ type: 'stream/ticked', payload: { n, of } }))
    }
    if (n >= of || client.readyState !== client.OPEN) clearInterval(timer)
  }, STREAM_STEP_MS)
}

/** Resolves to whether `client` sends `pong` before the timeout. */
function receivesPong(client) {
  return new Promise((resolve) => {
    const settle = (isReceived) => {
      clearTimeout(timer)
      client.off('message', onMessage)
      client.off('close', onClose)
      resolve(isReceived)
    }
    const onMessage = (data, isBinary) => {
      if (!isBinary && data.toString() === 'pong') settle(true)
    }
    const onClose = () => settle(false)
    const timer = setTimeout(settle, PONG_TIMEOUT_MS, false)
    client.on('message', onMessage)
    client.on('close', onClose)
  })
}
