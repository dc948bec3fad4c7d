import type { ReceivedFrame } from '../internal/bytes.js'
import type { Target } from './endpoint.js'
import type { WebSocketClass, WebSocketLike } from './types.js'

/** The `readyState` of a WebSocket that takes messages (WHATWG WebSockets). */
export const OPEN = 1

/** The `readyState` of one whose closing handshake is under way. */
export const CLOSING = 2

/** What a native socket tells. */
export interface NativeListener {
  readonly open: () => void
  readonly message: (frame: ReceivedFrame) => void
  readonly error: (message: string | undefined) => void
  readonly close: (event: Pick<CloseEvent, 'code' | 'reason' | 'wasClean'>) => void
}

/**
 * Opens a native socket; throws what its constructor throws. Whatever it tells goes through `hear`, which drops what is of no
 * concern any more. Bytes arrive as `ArrayBuffer`, so that messages keep their order whatever their kind.
 */
export const openNative = (
  WebSocket: WebSocketClass,
  target: Target,
  hear: (task: () => void) => void,
  listener: NativeListener,
): WebSocketLike => {
  const native = new WebSocket(target.url, target.protocols)
  native.binaryType = 'arraybuffer'
  native.addEventListener('open', () => hear(listener.open))
  native.addEventListener('message', (event) =>
    hear(() => listener.message((event as MessageEvent<ReceivedFrame>).data)),
  )
  // There must be one for as long as the socket lives: `ws` throws at the process what nobody listens to.
  native.addEventListener('error', (event) => hear(() => listener.error((event as { message?: string }).message)))
  native.addEventListener('close', (event) => hear(() => listener.close(event as CloseEvent)))
  return native
}

/** Lets go of a socket, whatever it is doing: with a goodbye, or else at once where the runtime can. */
export const letGo = (native: WebSocketLike, goodbye: boolean): void => {
  try {
    if (goodbye || !native.terminate) native.close(goodbye ? 1000 : undefined)
    else native.terminate()
  } catch {
    // A socket that cannot even be closed is not heard of again either.
  }
}
