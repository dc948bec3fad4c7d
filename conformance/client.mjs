// A client that keeps every frame until it is taken, so that unexpected frames are found too.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { WebSocket } from 'ws'

/** The error of a rule that does not hold. */
export class Broken extends Error {}

export const show = (value) => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

/** @type {(holds: unknown, message: string) => asserts holds} */
export const expect = (holds, message) => {
  if (!holds) throw new Broken(message)
}

export const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}

/** The codecs of docs/protocol.md, "Conformance": JSON in text frames, and the same in binary ones. */
const codecs = {
  text: { encode: (value) => JSON.stringify(value), isBinary: false },
  bytes: { encode: (value) => Buffer.from(JSON.stringify(value)), isBinary: true },
}

const read = (data, isBinary) => {
  const text = data.toString()
  try {
    return { text, isBinary, message: JSON.parse(text) }
  } catch {
    return { text, isBinary, message: undefined }
  }
}

const showAll = (frames) => {
  const first = frames.slice(0, 3).map(({ text }) => show(text))
  return [...first, ...(frames.length > 3 ? [`${frames.length - 3} more`] : [])].join(' and ')
}

const isOwn = (value, key) => typeof value === 'object' && value !== null && Object.hasOwn(value, key)

/** Checks an answer against JSON-RPC 2.0 section 5. */
const checkAnswer = (answer) => {
  expect(answer.jsonrpc === '2.0', `an answer has "jsonrpc": "2.0", got ${show(answer)}`)
  expect(
    isOwn(answer, 'result') !== isOwn(answer, 'error'),
    `an answer has either a result or an error, got ${show(answer)}`,
  )
  if (!isOwn(answer, 'error')) return answer
  const { error } = answer
  expect(Number.isInteger(error?.code), `an error has an integer as its code, got ${show(error)}`)
  expect(typeof error.message === 'string', `an error has a string as its message, got ${show(error)}`)
  return answer
}

const createClient = (ws, { timeout, echo, codec = codecs.text }) => {
  let unread = []
  const waiting = new Set()
  let ended
  let lastId = 0
  const retryAll = () => {
    for (const attempt of waiting) attempt()
  }
  ws.on('message', (data, isBinary) => {
    unread.push(read(data, isBinary))
    retryAll()
  })
  ws.on('error', () => {})
  ws.on('close', (code, reason) => {
    ended = { code, reason: reason.toString(), bytes: reason.length }
    retryAll()
  })

  /** Waits until `find` returns a value. The error of a failure also shows what came instead. */
  const wait = (what, find) =>
    new Promise((resolve, reject) => {
      const finish = (settle) => {
        clearTimeout(timer)
        waiting.delete(attempt)
        settle()
      }
      const seen = () => (unread.length > 0 ? `got ${showAll(unread)}` : 'got nothing')
      const attempt = () => {
        const found = find()
        if (found !== undefined) finish(() => resolve(found))
        else if (ended) finish(() => reject(new Broken(`expected ${what}, ${seen()} and a close with ${ended.code}`)))
      }
      const timer = setTimeout(
        () => finish(() => reject(new Broken(`expected ${what}, ${seen()} within ${timeout} ms`))),
        timeout,
      )
      waiting.add(attempt)
      attempt()
    })

  const take = async (what, test) =>
    await wait(what, () => {
      const found = unread.find(test)
      if (found) unread = unread.filter((frame) => frame !== found)
      return found
    })

  const send = (value) => ws.send(codec.encode(value))
  const answer = async (id, what = `an answer to request ${show(id)}`) => {
    const isAnswer = ({ message }) => isOwn(message, 'id') && message.id === id && !isOwn(message, 'method')
    const { message, isBinary } = await take(what, isAnswer)
    expect(isBinary === codec.isBinary, 'an answer comes in the kind of frame that the codec makes')
    return checkAnswer(message)
  }
  const request = async (method, params) => {
    const id = `c${++lastId}`
    send({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) })
    return await answer(id, `an answer to ${method}`)
  }
  const result = async (method, params) => {
    const answered = await request(method, params)
    expect(isOwn(answered, 'result'), `expected a result of ${method}, got ${show(answered.error)}`)
    return answered.result
  }

  return {
    ws,
    take,
    send,
    answer,
    request,
    result,
    /** Sends a frame unchanged. */
    raw: (data, options) => ws.send(data, options),
    /** Takes the next message for which `test` returns true. */
    message: async (what, test) => (await take(what, ({ message }) => message !== undefined && test(message))).message,
    failure: async (method, params, code) => {
      const { error } = await request(method, params)
      expect(error?.code === code, `expected ${method} to fail with ${code}, got ${show(error ?? 'a result')}`)
      return error
    },
    closed: async (what = 'a close') => await wait(what, () => ended),
    /** Makes two round trips, by which everything sent at once has arrived, and checks that no frame is left. */
    nothingElse: async (why) => {
      await result(echo, ['settled?'])
      await result(echo, ['settled.'])
      expect(unread.length === 0, `${why}, got ${showAll(unread)}`)
    },
  }
}

export const createConnector = ({ url, timeout, headers, protocol, echo }) => {
  const sockets = []
  const addressOf = (query) => {
    const address = new URL(url)
    for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value)
    return address
  }
  const connect = async ({ query = {}, protocols, codec, more = {}, ...options } = {}) => {
    const offered = protocols ?? (protocol ? [protocol] : [])
    const ws = new WebSocket(addressOf(query), offered, { headers: { ...headers, ...more }, ...options })
    sockets.push(ws)
    const client = createClient(ws, { timeout, echo, codec: codecs[codec ?? 'text'] })
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Broken(`expected an open connection within ${timeout} ms`)), timeout)
      ws.once('open', resolve)
      ws.once('error', (error) => reject(new Broken(`expected an open connection, got: ${error.message}`)))
      ws.once('close', () => clearTimeout(timer))
      ws.once('open', () => clearTimeout(timer))
    })
    return client
  }

  /** Sends an upgrade request without a WebSocket client. Resolves with the response and its socket. */
  const upgrade = async ({ path, protocols = [] } = {}) => {
    const address = new URL(url)
    if (path !== undefined) address.pathname = path
    address.protocol = address.protocol.replace('ws', 'http')
    const key = randomBytes(16).toString('base64')
    const request = (address.protocol === 'https:' ? httpsRequest : httpRequest)(address, {
      timeout,
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        ...(protocols.length > 0 && { 'sec-websocket-protocol': protocols.join(', ') }),
      },
    })
    request.end()
    request.on('timeout', () => request.destroy(new Broken(`expected an answer to an upgrade within ${timeout} ms`)))
    const [response, socket] = await Promise.race([once(request, 'upgrade'), once(request, 'response')])
    if (!socket) response.resume()
    socket?.on('error', () => {})
    sockets.push({ terminate: () => (socket ?? response).destroy() })
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    return { status: response.statusCode, headers: response.headers, accept, socket }
  }

  return {
    connect,
    upgrade,
    end: () => {
      for (const ws of sockets) ws.terminate()
    },
  }
}
