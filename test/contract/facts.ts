import { equal, ok, throwsNamed } from './check.js'
import type { Case, Environment } from './environment.js'

// What a WebSocket does without a call (WHATWG WebSockets, sections 3 and 4). A real browser is the measure, and the fake agrees with every fact, so that
// no test on the fake proves what a browser would not do.

interface SocketEvent {
  readonly type: string
  readonly code?: number
  readonly wasClean?: boolean
}

interface ObservedSocket {
  readonly socket: WebSocket
  /** Every event so far; a close with its code and wasClean. */
  readonly events: SocketEvent[]
  /** The data of every message. */
  readonly data: unknown[]
  /** Resolves when an event of that type has occurred, now or earlier. */
  readonly once: (type: string) => Promise<void>
}

const openSocket = ({ WebSocket, url }: Environment, protocols?: string | string[]): ObservedSocket => {
  const socket = new WebSocket(url, protocols ?? [])
  const events: SocketEvent[] = []
  const data: unknown[] = []
  const waiting: { type: string; resolve: () => void }[] = []
  const record = (event: SocketEvent): void => {
    events.push(event)
    for (const { resolve } of waiting.filter(({ type }) => type === event.type)) resolve()
  }
  socket.addEventListener('open', ({ type }) => record({ type }))
  socket.addEventListener('error', ({ type }) => record({ type }))
  socket.addEventListener('close', ({ type, code, wasClean }) => record({ type, code, wasClean }))
  socket.addEventListener('message', (event) => {
    data.push(event.data)
    record({ type: 'message' })
  })
  return {
    socket,
    events,
    data,
    once: async (type) => {
      if (events.some((event) => event.type === type)) return
      await new Promise<void>((resolve) => waiting.push({ type, resolve }))
    },
  }
}

const opened = async (environment: Environment, protocols?: string | string[]): Promise<ObservedSocket> => {
  const observed = openSocket(environment, protocols)
  await observed.once('open')
  return observed
}

export const facts: readonly Case[] = [
  {
    name: 'an invalid url is a SyntaxError',
    run: async ({ WebSocket }) => throwsNamed(() => new WebSocket('ws://['), 'SyntaxError'),
  },
  {
    name: 'a scheme that is neither ws nor http is a SyntaxError',
    run: async ({ WebSocket }) => throwsNamed(() => new WebSocket('ftp://example.org'), 'SyntaxError'),
  },
  {
    name: 'a repeated subprotocol is a SyntaxError',
    run: async ({ WebSocket, url }) => throwsNamed(() => new WebSocket(url, ['chat', 'chat']), 'SyntaxError'),
  },
  {
    name: 'a subprotocol with a space in it is a SyntaxError',
    run: async ({ WebSocket, url }) => throwsNamed(() => new WebSocket(url, 'chat v1'), 'SyntaxError'),
  },
  {
    name: 'the class and its instances have the four states',
    run: async (environment) => {
      const { socket, once } = openSocket(environment)
      const { CONNECTING, OPEN, CLOSING, CLOSED } = environment.WebSocket
      equal([CONNECTING, OPEN, CLOSING, CLOSED], [0, 1, 2, 3], 'the states of the class')
      equal([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED], [0, 1, 2, 3], 'the states of the instance')
      await once('open')
    },
  },
  {
    name: 'it is CONNECTING at first and OPEN in its open event, never earlier',
    run: async (environment) => {
      const { socket, once } = openSocket(environment)
      equal(socket.readyState, 0, 'readyState after construction')
      await once('open')
      equal(socket.readyState, 1, 'readyState after open')
    },
  },
  {
    name: 'an http url becomes a ws url with a path',
    run: async (environment) => {
      const { WebSocket, url } = environment
      const socket = new WebSocket(url.replace('ws:', 'http:'))
      const done = new Promise((resolve) => socket.addEventListener('open', resolve))
      equal(socket.url, `${url}/`, 'url')
      await done
    },
  },
  {
    name: 'the subprotocol is empty until open, then the one that the server chose',
    run: async (environment) => {
      const { socket, once } = openSocket(environment, ['chat.v2', 'chat.v1'])
      equal(socket.protocol, '', 'protocol before')
      await once('open')
      equal(socket.protocol, 'chat.v1', 'protocol after')
    },
  },
  {
    name: 'send throws InvalidStateError while CONNECTING',
    run: async (environment) => {
      const { socket, once } = openSocket(environment)
      throwsNamed(() => socket.send('too early'), 'InvalidStateError')
      await once('open')
    },
  },
  {
    name: 'a refused attempt is an error and then a close, 1006 and not clean',
    run: async (environment) => {
      await environment.server.refuse(true)
      const { events, socket, once } = openSocket(environment)
      await once('close')
      equal(events, [{ type: 'error' }, { type: 'close', code: 1006, wasClean: false }], 'events')
      equal(socket.readyState, 3, 'readyState')
    },
  },
  {
    name: 'close while CONNECTING fails the connection: CLOSING at once, then an error and 1006',
    run: async (environment) => {
      await environment.server.freeze(true)
      const { socket, events, once } = openSocket(environment)
      await environment.server.reached({ attempts: 1 })
      socket.close()
      equal(socket.readyState, 2, 'readyState after close()')
      equal(events, [], 'events in the same tick')
      await once('close')
      equal(events, [{ type: 'error' }, { type: 'close', code: 1006, wasClean: false }], 'events')
    },
  },
  {
    name: 'close with 1001 is an InvalidAccessError and leaves the socket open',
    run: async (environment) => {
      const { socket } = await opened(environment)
      throwsNamed(() => socket.close(1001), 'InvalidAccessError')
      throwsNamed(() => socket.close(2999), 'InvalidAccessError')
      throwsNamed(() => socket.close(5000), 'InvalidAccessError')
      equal(socket.readyState, 1, 'readyState')
    },
  },
  {
    name: 'a reason of more than 123 bytes is a SyntaxError, one of 123 is not',
    run: async (environment) => {
      const { socket, once } = await opened(environment)
      throwsNamed(() => socket.close(1000, 'é'.repeat(62)), 'SyntaxError')
      socket.close(1000, `${'é'.repeat(61)}e`)
      await once('close')
    },
  },
  {
    name: 'close is CLOSING at once and an event later, with the same code, clean',
    run: async (environment) => {
      const { socket, events, once } = await opened(environment)
      socket.close(4001, 'bye')
      equal([socket.readyState, events.length], [2, 1], 'readyState and events right after')
      await once('close')
      equal(events.at(-1), { type: 'close', code: 4001, wasClean: true }, 'close')
      equal(
        (await environment.server.reached({ ended: 1 })).ended,
        [{ code: 4001, reason: 'bye' }],
        'what the server saw',
      )
    },
  },
  {
    name: 'close without a code is 1005 on both sides',
    run: async (environment) => {
      const { socket, events, once } = await opened(environment)
      socket.close()
      await once('close')
      equal(events.at(-1), { type: 'close', code: 1005, wasClean: true }, 'close')
      equal((await environment.server.reached({ ended: 1 })).ended, [{ code: 1005, reason: '' }], 'what the server saw')
    },
  },
  {
    name: 'a second close changes nothing',
    run: async (environment) => {
      const { socket, events, once } = await opened(environment)
      socket.close(4001)
      socket.close(4002)
      await once('close')
      socket.close(4003)
      equal(events.at(-1), { type: 'close', code: 4001, wasClean: true }, 'close')
    },
  },
  {
    name: 'the close of the server is clean and has its code; without one it is 1005',
    run: async (environment) => {
      const first = await opened(environment)
      await environment.server.closeAll(1001)
      await first.once('close')
      const second = await opened(environment)
      await environment.server.closeAll()
      await second.once('close')
      equal(
        [first.events.at(-1), second.events.at(-1)],
        [
          { type: 'close', code: 1001, wasClean: true },
          { type: 'close', code: 1005, wasClean: true },
        ],
        'closes',
      )
    },
  },
  {
    name: 'a cut connection is 1006, not clean',
    run: async (environment) => {
      const { events, once } = await opened(environment)
      await environment.server.dropAll()
      await once('close')
      equal(events.at(-1), { type: 'close', code: 1006, wasClean: false }, 'close')
    },
  },
  {
    name: 'invalid UTF-8 from the server is an error and then 1006',
    run: async (environment) => {
      const { events, once } = await opened(environment)
      await environment.server.sendInvalidText()
      await once('close')
      equal(events.slice(1), [{ type: 'error' }, { type: 'close', code: 1006, wasClean: false }], 'events after open')
    },
  },
  {
    name: 'close() to a frozen peer emits no close event',
    run: async (environment) => {
      const { socket, events } = await opened(environment)
      await environment.server.freeze(true)
      socket.close()
      // Another attempt and its refusal are the clock: two round trips in which nothing arrived.
      await environment.server.freeze(false)
      const other = await opened(environment)
      other.socket.close()
      await other.once('close')
      equal([socket.readyState, events.length], [2, 1], 'readyState and events')
    },
  },
  {
    name: 'send after close() does not throw, counts as buffered and never arrives',
    run: async (environment) => {
      const { socket, once } = await opened(environment)
      socket.send('in time')
      socket.close()
      const before = socket.bufferedAmount
      socket.send('late')
      ok(
        socket.bufferedAmount >= before + 4,
        `bufferedAmount to grow by 4 from ${before}, got ${socket.bufferedAmount}`,
      )
      await once('close')
      socket.send('later')
      const { received } = await environment.server.reached({ ended: 1 })
      equal(received, ['in time'], 'what the server got')
    },
  },
  {
    name: 'a sent message counts as buffered, and drains',
    run: async (environment) => {
      await environment.server.echo(true)
      const { socket, once } = await opened(environment)
      socket.send('é')
      equal(socket.bufferedAmount, 2, 'bufferedAmount right after send')
      await once('message')
      equal(socket.bufferedAmount, 0, 'bufferedAmount after the echo')
    },
  },
  {
    name: 'no message is delivered after close(), although the server still sends',
    run: async (environment) => {
      const { socket, data, once } = await opened(environment)
      const talk = environment.server.sendMarked(500)
      socket.close()
      await Promise.all([talk, once('close')])
      equal(data.length, 0, 'messages')
    },
  },
  {
    name: 'texts, binary frames and Blobs are sent unchanged and in order',
    run: async (environment) => {
      const { socket } = await opened(environment)
      socket.send('text')
      socket.send(new Uint8Array([1, 2]))
      socket.send(new Uint8Array([3]).buffer)
      socket.send(new Uint8Array([9, 4, 9]).subarray(1, 2))
      socket.send(new Blob([new Uint8Array([5])]))
      socket.send('after the Blob')
      const { received } = await environment.server.reached({ received: 6 })
      equal(received, ['text', [1, 2], [3], [4], [5], 'after the Blob'], 'frames')
    },
  },
  {
    name: 'a Blob that is sent right before close() arrives before the connection closes',
    run: async (environment) => {
      const { socket, events, once } = await opened(environment)
      socket.send(new Blob([new Uint8Array([5])]))
      socket.close(4001, 'enough')
      await once('close')
      const { received, ended } = await environment.server.reached({ received: 1, ended: 1 })
      equal(received, [[5]], 'frames')
      equal(ended, [{ code: 4001, reason: 'enough' }], 'closes that the server got')
      equal(events.at(-1), { type: 'close', code: 4001, wasClean: true }, 'the last event')
      equal(socket.bufferedAmount, 0, 'bufferedAmount')
    },
  },
  {
    name: 'a binary frame is an ArrayBuffer when binaryType says so',
    run: async (environment) => {
      const { socket, data, once } = await opened(environment)
      socket.binaryType = 'arraybuffer'
      await environment.server.sendBinary([7, 8])
      await once('message')
      const [bytes] = data
      equal(Object.prototype.toString.call(bytes), '[object ArrayBuffer]', 'kind')
      equal(Array.from(new Uint8Array(bytes as ArrayBuffer)), [7, 8], 'bytes')
    },
  },
  {
    name: 'a binary frame is a Blob by default, and an unknown binaryType is ignored',
    run: async (environment) => {
      const { socket, data, once } = await opened(environment)
      Reflect.set(socket, 'binaryType', 'nonsense')
      equal(socket.binaryType, 'blob', 'binaryType')
      await environment.server.sendBinary([7, 8])
      await once('message')
      equal((data[0] as Blob).size, 2, 'size')
    },
  },
  {
    name: 'on… handlers are called beside listeners, and can be replaced and removed',
    run: async (environment) => {
      const { socket, once } = openSocket(environment)
      const calls: string[] = []
      socket.addEventListener('open', () => {
        calls.push('listener')
      })
      socket.onopen = () => {
        calls.push('replaced')
      }
      socket.onopen = () => {
        calls.push('handler')
      }
      await once('open')
      socket.onmessage = () => {
        calls.push('removed')
      }
      socket.onmessage = null
      await environment.server.sendText('x')
      await once('message')
      equal([calls, socket.onmessage], [['listener', 'handler'], null], 'calls, and the removed handler')
    },
  },
  {
    name: 'a message has its origin',
    run: async (environment) => {
      const { socket, once } = await opened(environment)
      const origin = new Promise((resolve) => socket.addEventListener('message', (event) => resolve(event.origin)))
      await environment.server.sendText('x')
      await once('message')
      equal(await origin, new URL(socket.url).origin, 'origin')
    },
  },
]
