import { createServerSocket, type CreatedServerSocket } from './createServerSocket.js'

/** A server's end of a WebSocket with the interface of browsers, as Deno and Cloudflare have it: the members that are used. */
export interface StandardWebSocket {
  /** Set to `'arraybuffer'`. */
  binaryType: string
  /** The bytes that wait. Not every runtime has it. */
  readonly bufferedAmount?: number
  /** Sends a message. */
  send(data: string | Uint8Array): void
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void
  /** Adds a listener to `message`, `close` and `error`. */
  addEventListener(type: string, listener: (event: never) => void): void
}

/** Closes with a code. A runtime may refuse the codes below 3000 that only servers send: then without one, as 1005. */
const closeSocket = (socket: StandardWebSocket, code: number, reason: string): void => {
  try {
    socket.close(code, reason)
  } catch {
    socket.close()
  }
}

/**
 * Creates a socket for `server.attach` from a WebSocket with the interface of browsers. It has to be open. It cannot send ping frames, so the runtime has to find out which
 * clients are gone. See docs/runtimes/others.md.
 */
export const fromWebSocket = (socket: StandardWebSocket, protocol: string = ''): CreatedServerSocket['socket'] => {
  socket.binaryType = 'arraybuffer'
  const created = createServerSocket({
    protocol,
    send: (data) => socket.send(data),
    close: (code, reason) => closeSocket(socket, code, reason),
    // The interface has nothing that disconnects at once.
    terminate: () => socket.close(),
    bufferedAmount: () => socket.bufferedAmount ?? 0,
  })
  socket.addEventListener('message', ({ data }: { readonly data: string | ArrayBuffer }) => created.receive(data))
  socket.addEventListener('close', ({ code, reason }: { readonly code: number; readonly reason: string }) =>
    created.end(code, reason),
  )
  socket.addEventListener('error', ({ message }: { readonly message?: string }) =>
    created.fail(new Error(message || 'the runtime gives no details')),
  )
  return created.socket
}
