import ReconnectingWebSocket from 'reconnecting-websocket'

// The only file that knows reconnecting-websocket 4.4.0. The package only loops: it never gets a native socket, an error or a delay, because it
// deadlocks on some of them, reports wrong close codes and cannot be told to retry earlier.

/** One run of the reconnect loop, from a connect to the close that ends it. */
export interface ReconnectLoop {
  /** Lets the loop open a socket, now or as soon as it is ready to. */
  readonly openGate: () => void
  /** The socket of this round is open. */
  readonly opened: () => void
  /** The socket of this round is gone: start the next round. */
  readonly lost: () => void
  /** Ends the loop; no timer is left. */
  readonly stop: () => void
}

// The package's typings say `export default` where its file says `module.exports =` (Node's rules for ESM).
const Loop = ReconnectingWebSocket as unknown as new (
  url: () => Promise<string>,
  protocols: undefined,
  options: Readonly<Record<string, unknown>>,
) => { readonly close: () => void }

/** Turns off every wait and bound of the package. Its timeout must be finite: `Infinity` overflows to 1 ms. */
const bare = {
  minReconnectionDelay: 0,
  maxReconnectionDelay: 0,
  minUptime: 0,
  connectionTimeout: 2 ** 31 - 1,
  maxEnqueuedMessages: 0,
}

/** Starts a loop that waits at a gate before every round and calls `dial` when the gate is opened. */
export const createReconnectLoop = (dial: () => void): ReconnectLoop => {
  let isOpen = false
  let enter: ((url: string) => void) | undefined
  let listeners: Partial<Record<string, (event: object) => void>> = {}

  const tryEnter = () => {
    if (isOpen) enter?.('')
  }
  const tell = (type: 'open' | 'close') => listeners[type]?.({})

  /** What the loop holds for a WebSocket. */
  function FacadeSocket() {
    isOpen = false
    enter = undefined
    const mine: typeof listeners = (listeners = {})
    dial()
    return {
      addEventListener: (type: string, listener: (event: object) => void) => (mine[type] = listener),
      removeEventListener: (type: string) => delete mine[type],
      close: () => {},
    }
  }

  const loop = new Loop(
    () =>
      new Promise((resolve) => {
        enter = resolve
        tryEnter()
      }),
    undefined,
    // The package takes anything with this constant for a WebSocket class.
    { ...bare, WebSocket: Object.assign(FacadeSocket, { CLOSING: 2 }) },
  )
  return {
    openGate: () => {
      isOpen = true
      tryEnter()
    },
    opened: () => tell('open'),
    // Later: the loop adds its listeners after the constructor, and opening a socket may fail inside it.
    lost: () => queueMicrotask(() => tell('close')),
    stop: () => {
      loop.close()
      // Closed inside the constructor, the loop would still start the timer of its timeout.
      queueMicrotask(() => loop.close())
    },
  }
}
