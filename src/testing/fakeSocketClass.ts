import { FakeWebSocket, type SocketPeer } from './FakeWebSocket.js'
import { toProtocols, toSocketUrl } from '../internal/socketArguments.js'

/** The class of the sockets of one fake server, for the option `WebSocket`. It has the constructor of the platform's class. */
export interface FakeWebSocketClass {
  /** Creates a socket that connects to the fake server, whatever the url. */
  new (url: string | URL, protocols?: string | string[]): FakeWebSocket
  /** 0 */
  readonly CONNECTING: 0
  /** 1 */
  readonly OPEN: 1
  /** 2 */
  readonly CLOSING: 2
  /** 3 */
  readonly CLOSED: 3
}

interface SocketClassOptions {
  /** What a relative url is resolved against. */
  readonly baseUrl: string | undefined
  /** Whether sockets have `terminate()`. */
  readonly canTerminate: boolean
  /** Creates the server's side of a socket. */
  readonly connect: (socket: FakeWebSocket, offered: readonly string[]) => SocketPeer
  /** A socket was created. */
  readonly onCreated: (socket: FakeWebSocket) => void
}

/** Creates the class of the sockets of one server. */
export const createFakeSocketClass = (options: SocketClassOptions): FakeWebSocketClass => {
  const { baseUrl, canTerminate, connect, onCreated } = options
  class BoundWebSocket extends FakeWebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      const address = toSocketUrl(url, baseUrl)
      const offered = toProtocols(protocols)
      super(address, (socket) => connect(socket, offered))
      onCreated(this)
    }
  }
  class TerminatingWebSocket extends BoundWebSocket {
    terminate(): void {
      this.end()
    }
  }
  return canTerminate ? TerminatingWebSocket : BoundWebSocket
}
