// A server that plays a part against a session client, to check the client's end of docs/protocol.md, "Sessions".
import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { Broken, expect, show } from './client.mjs'

const NAME = 'reduplex.session.1'
const TERMS = { ttl: 60_000, window: { messages: 1000, bytes: 1048576 }, maxPayload: 1048576 }

const write = (frame) => `$${JSON.stringify(frame)}`
export const isControl = (text) => text.startsWith('$')
const isHeartbeat = (text) => text === 'ping' || text === 'pong'

/** One connection of the client under test. Frames are taken in order; heartbeats are answered. */
const createLink = (ws, timeout) => {
  const frames = []
  let wake = () => {}
  ws.on('message', (data) => {
    const text = data.toString()
    if (text === 'ping') ws.send('pong')
    if (!isHeartbeat(text)) frames.push(text)
    wake()
  })
  ws.on('close', () => wake())
  const next = async (what) => {
    const end = Date.now() + timeout
    while (frames.length === 0) {
      expect(ws.readyState === 1, `expected ${what}, got a close`)
      expect(Date.now() < end, `expected ${what}, got nothing within ${timeout} ms`)
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, end - Date.now())
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return frames.shift()
  }
  const control = async (is) => {
    const text = await next(`a frame "${is}"`)
    const frame = isControl(text) ? JSON.parse(text.slice(1)) : {}
    expect(frame.is === is, `expected a frame "${is}", got ${show(text)}`)
    return frame
  }
  /** The payloads of the next named events; acknowledgements between them are skipped. */
  const said = async (count) => {
    const payloads = []
    while (payloads.length < count) {
      const text = await next('a message of the client')
      if (!isControl(text)) payloads.push(JSON.parse(text).payload)
    }
    return payloads
  }
  return {
    control,
    said,
    next,
    send: (frame) => ws.send(write(frame)),
    /** Sends a counted message. */
    message: (message) => ws.send(JSON.stringify(message)),
    sendEvent: (payload) => ws.send(JSON.stringify({ type: 'conformance/said', payload })),
    close: (code) => ws.close(code),
    cut: () => ws.terminate(),
  }
}

export const welcomeNew = (key) => ({ is: 'welcome', resumed: false, id: `id of ${key}`, key, ...TERMS })
export const welcomeBack = (key, counters) => ({
  is: 'welcome',
  resumed: true,
  id: `id of ${key}`,
  kept: true,
  ...counters,
  ...TERMS,
})

const expectSaid = (got, ...expected) =>
  expect(got.join() === expected.join(), `expected the messages ${expected.join()}, got ${got.join()}`)

/** Begins a session and takes the client's first three messages. */
const begin = async (next) => {
  const link = await next()
  await link.control('hello')
  link.send(welcomeNew('first'))
  await link.control('ack')
  expectSaid(await link.said(3), 1, 2, 3)
  return link
}

/**
 * Cases for a client that sends three named events `conformance/said` with the payloads 1, 2 and 3 when it is told to start, connects again whenever its
 * connection closes, and acknowledges at once.
 */
export const clientCases = [
  {
    name: 'client.hello',
    rule: 'the first frame is a hello without a key, and nothing follows before the welcome',
    run: async (next) => {
      const link = await next()
      const hello = await link.control('hello')
      expect(hello.key === undefined, `expected no key, got ${show(hello)}`)
      link.send(welcomeNew('first'))
      const { received } = await link.control('ack')
      expect(received === 0, `expected "received": 0, got ${show(received)}`)
    },
  },
  {
    name: 'client.resume',
    rule: 'after a cut the hello has the key, the turn and what was received, acknowledged and sent',
    run: async (next) => {
      const link = await begin(next)
      link.send({ is: 'ack', received: 1 })
      link.sendEvent('a')
      link.sendEvent('b')
      while ((await link.control('ack')).received < 2);
      link.cut()
      const hello = await (await next()).control('hello')
      const { key, turn, received, acked, sent } = hello
      expect(key === 'first' && turn === 1, `expected the key and the turn 1, got ${show(hello)}`)
      expect(received === 2 && acked === 1 && sent === 3, `expected 2, 1 and 3, got ${show(hello)}`)
    },
  },
  {
    name: 'client.repeat',
    rule: 'after a resume the client sends from the number that the server has taken',
    run: async (next) => {
      ;(await begin(next)).cut()
      const link = await next()
      await link.control('hello')
      link.send(welcomeBack('first', { received: 2, acked: 1, sent: 0 }))
      expectSaid(await link.said(1), 3)
    },
  },
  {
    name: 'client.lost',
    rule: 'after the loss of a session nothing is sent again',
    run: async (next) => {
      ;(await begin(next)).cut()
      const link = await next()
      await link.control('hello')
      link.send(welcomeNew('second'))
      const { received } = await link.control('ack')
      expect(received === 0, `expected to count from 0, got ${show(received)}`)
      link.sendEvent('a')
      const text = await link.next('an acknowledgement')
      expect(isControl(text), `expected nothing to be sent again, got ${show(text)}`)
    },
  },
  {
    name: 'client.bye',
    rule: 'bye is answered with bye, and what was not taken is sent in a new session',
    run: async (next) => {
      const before = await begin(next)
      before.send({ is: 'bye', received: 2, reason: 'restart' })
      await before.control('bye')
      before.close(1012)
      const link = await next()
      const hello = await link.control('hello')
      expect(hello.key === undefined, `expected no key after bye, got ${show(hello)}`)
      link.send(welcomeNew('second'))
      await link.control('ack')
      expectSaid(await link.said(1), 3)
    },
  },
  {
    name: 'client.elsewhere',
    rule: 'after 4409 the client connects without the key',
    run: async (next) => {
      ;(await begin(next)).close(4409)
      const hello = await (await next()).control('hello')
      expect(hello.key === undefined, `expected no key after 4409, got ${show(hello)}`)
    },
  },
  {
    name: 'client.end',
    rule: 'another page with the stored session ends it, and sends in a new one what the server has not taken',
    // The page that follows has the storage of the first one, and sends nothing of its own.
    needsStorage: true,
    run: async (next, reload) => {
      await begin(next)
      reload()
      const link = await next()
      const { end, key, acked, sent } = await link.control('hello')
      const isRight = end === true && key === 'first' && acked === 0 && sent === 3
      expect(isRight, `expected "end": true with the key, 0 and 3, got ${show({ end, key, acked, sent })}`)
      link.send({ ...welcomeNew('second'), acked: 1, ended: true })
      await link.control('ack')
      expectSaid(await link.said(2), 2, 3)
      link.cut()
      const after = await (await next()).control('hello')
      expect(after.key === 'second' && after.end === undefined, `expected the new session, got ${show(after)}`)
    },
  },
]

/**
 * Runs one case. `start(url, isReload)` starts a client under test and returns what stops it; `isReload`: it is another page, with what the one before has stored,
 * and the one before is gone without a word. Resolves with what is wrong; `undefined` if nothing is.
 */
export const runClientCase = async ({ run }, start, timeout = 2_000) => {
  const http = createServer()
  const wss = new WebSocketServer({ server: http, handleProtocols: (offered) => (offered.has(NAME) ? NAME : false) })
  const links = []
  let wake = () => {}
  wss.on('connection', (ws) => {
    links.push(createLink(ws, timeout))
    wake()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const next = async () => {
    if (links.length === 0) {
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Broken(`expected a connection within ${timeout} ms`)), timeout)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return links.shift()
  }
  const url = `ws://127.0.0.1:${http.address().port}/`
  let stop = start(url, false)
  const reload = () => {
    stop(true)
    stop = start(url, true)
  }
  try {
    await run(next, reload)
    return undefined
  } catch (error) {
    return error.message
  } finally {
    stop()
    for (const ws of wss.clients) ws.terminate()
    wss.close()
    await new Promise((resolve) => http.close(resolve))
  }
}
