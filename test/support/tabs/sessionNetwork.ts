import {
  createServerSocket,
  createSocketServer,
  type CreatedServerSocket,
  type ServerRequest,
  type SocketServer,
  type SocketServerSettings,
} from '../../../src/server/index.js'
import type { TabNetwork } from './tabWorld.js'

/** A server with sessions, and the connections of the tabs to it. */
export interface SessionNetwork extends TabNetwork {
  readonly server: SocketServer
  /** The connections in the order in which they were opened. */
  readonly links: readonly SessionLinkEnd[]
  /** The connection is gone, with all that is under way. */
  readonly cutLast: () => void
}

/** One connection. */
export interface SessionLinkEnd {
  readonly socket: LinkedSocket
  /** The frames that have arrived at the server. */
  readonly received: (string | Uint8Array)[]
  /** Both ends notice, or with `false` the client only. */
  readonly cut: (isNoticed?: boolean) => void
  /** Nothing arrives any more, and neither end notices. */
  readonly silence: () => void
  /** The page is gone: what it has sent arrives. */
  readonly abandon: () => void
  /** The server closes the connection. */
  readonly close: (code: number) => void
  readonly isOpen: () => boolean
}

const chain =
  (first: ((event: never) => void) | null, second: (event: never) => void) =>
  (event: never): void => {
    first?.(event)
    second(event)
  }

/** A socket of a page. */
export class LinkedSocket {
  readyState = 0
  protocol = ''
  readonly extensions = ''
  binaryType = 'blob'
  readonly bufferedAmount = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onerror: ((event: object) => void) | null = null
  onclose: ((event: object) => void) | null = null
  /** Runs what an event causes. */
  gate: (task: () => void) => void = (task) => task()
  readonly #up: (data: string | Uint8Array) => void
  readonly #end: (code: number, reason: string) => void

  constructor(up: (data: string | Uint8Array) => void, end: (code: number, reason: string) => void) {
    this.#up = up
    this.#end = end
  }

  send(data: string | Uint8Array) {
    if (this.readyState === 1) this.#up(data)
  }

  close(code = 1005, reason = '') {
    if (this.readyState >= 2) return
    this.readyState = 2
    this.#end(code, reason)
  }

  addEventListener(type: 'open' | 'message' | 'error' | 'close', listener: (event?: object) => void) {
    Object.assign(this, { [`on${type}`]: chain(this[`on${type}`], listener) })
  }

  opened(protocol: string) {
    if (this.readyState > 0) return
    this.readyState = 1
    this.protocol = protocol
    this.gate(() => this.onopen?.())
  }

  got(data: string | Uint8Array) {
    if (this.readyState === 3) return
    const copy = typeof data === 'string' ? data : data.slice().buffer
    this.gate(() => this.onmessage?.({ data: copy }))
  }

  closed(code: number, reason = '') {
    if (this.readyState === 3) return
    this.readyState = 3
    this.gate(() => {
      if (code === 1006) this.onerror?.({})
      this.onclose?.({ code, reason, wasClean: code !== 1006 })
    })
  }
}

/** Creates a server with sessions. `delay` is how long a frame is under way, in milliseconds; frames keep their order. For tests on fake time. */
export const createSessionNetwork = (
  settings: SocketServerSettings = {},
  delay: () => number = () => 1,
): SessionNetwork => {
  const server = createSocketServer({ noServer: true, session: {}, ...settings })
  const links: SessionLinkEnd[] = []
  const open = (protocols: readonly string[]): LinkedSocket => {
    const received: (string | Uint8Array)[] = []
    const due = { up: 0, down: 0 }
    let isCut = false
    let end: CreatedServerSocket | undefined
    const move = (way: 'up' | 'down', task: () => void) => {
      due[way] = Math.max(Date.now() + delay(), due[way])
      setTimeout(() => isCut || task(), due[way] - Date.now())
    }
    const socket = new LinkedSocket(
      (data) =>
        move('up', () => {
          received.push(data)
          end?.receive(data)
        }),
      (code, reason) =>
        move('up', () => {
          end?.end(code)
          move('down', () => socket.closed(code, reason))
        }),
    )
    const cut = (isNoticed = true) => {
      if (isCut || socket.readyState === 3) return
      isCut = true
      socket.closed(1006)
      if (isNoticed) end?.end(1006)
    }
    const silence = () => {
      isCut = true
    }
    const abandon = () => {
      if (isCut || socket.readyState === 3) return
      socket.readyState = 3
      move('up', () => end?.end(1006))
    }
    const close = (code: number) => {
      move('down', () => socket.closed(code))
      end?.end(code)
    }
    links.push({ socket, received, cut, silence, abandon, close, isOpen: () => !isCut && socket.readyState === 1 })
    move('up', () => {
      const request: ServerRequest = {
        url: '/',
        headers: { host: 'tabs', 'sec-websocket-protocol': protocols.join(', ') },
        socket: { remoteAddress: '10.0.0.1' },
      }
      const { protocol, status } = server.negotiate(request)
      if (status !== 101) return cut()
      end = createServerSocket({
        protocol,
        send: (data) => move('down', () => socket.got(data)),
        close: (code, reason) => {
          move('down', () => socket.closed(code, reason))
          end!.end(code)
        },
        terminate: () => cut(),
        pause: () => {},
        resume: () => {},
      })
      move('down', () => socket.opened(protocol))
      server.attach(end.socket, request)
    })
    return socket
  }
  const Class = function (_url: string, protocols: string[]) {
    return open(protocols)
  } as unknown as TabNetwork['WebSocket']
  return {
    server,
    links,
    WebSocket: Class,
    cut: (socket) => links.find((link) => link.socket === socket)?.abandon(),
    cutLast: () => links.at(-1)?.cut(),
    dispose: () => {
      for (const { cut } of links) cut()
      void server.close({ within: 0 })
    },
    live: () => links.filter(({ isOpen }) => isOpen()).length,
  }
}
