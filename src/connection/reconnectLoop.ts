import ReconnectingWebSocket from 'reconnecting-websocket'
import { logLoop } from '../internal/loopLog.js'

// The only file that knows reconnecting-websocket 4.4.0. The package only loops: it never gets a real socket, an error or a delay, because it
// deadlocks on some of them, reports wrong close codes and cannot be told to retry earlier (see docs/dependencies.md).

/** One run of the reconnect loop, from a connect to the close that ends it. */
export interface ReconnectLoop {
  /** Lets the loop start its next round, now or as soon as it is ready to. */
  readonly openGate: () => void
  /** The socket of this round is open. */
  readonly onOpen: () => void
  /** The socket of this round is gone: the next round starts at the gate. */
  readonly onLost: () => void
  /** Ends the loop. No timer is left. */
  readonly stop: () => void
}

// The package's typings say `export default` where its file says `module.exports =` (Node's rules for ESM).
const Loop = ReconnectingWebSocket as unknown as new (
  url: () => Promise<string>,
  protocols: undefined,
  options: Readonly<Record<string, unknown>>,
) => { readonly close: () => void }

/** Turns off every wait and bound of the package. Its timeout must be finite: `Infinity` overflows to 1 ms. */
const noLimits = {
  minReconnectionDelay: 0,
  // 0 times a factor that has grown to Infinity is NaN, about which Node warns.
  reconnectionDelayGrowFactor: 1,
  minUptime: 0,
  connectionTimeout: 2 ** 31 - 1,
}

type Listeners = Partial<Record<string, (event: object) => void>>

/** Starts a loop that waits at a gate before every round. `onRound` is called when a round starts. */
export const createReconnectLoop = (onRound: () => void): ReconnectLoop => {
  let isOpen = false
  let enter: ((url: string) => void) | undefined
  let listeners: Listeners = {}

  const tryEnter = () => {
    if (isOpen) enter?.('')
  }
  const notify = (type: 'open' | 'close') => listeners[type]?.({})

  /** What the package takes for a WebSocket. */
  function FacadeSocket() {
    isOpen = false
    enter = undefined
    const own: Listeners = (listeners = {})
    onRound()
    return {
      addEventListener: (type: string, listener: (event: object) => void) => (own[type] = listener),
      removeEventListener: (type: string) => delete own[type],
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
    { ...noLimits, WebSocket: Object.assign(FacadeSocket, { CLOSING: 2 }) },
  )
  const gatedLoop = {
    openGate: () => {
      isOpen = true
      tryEnter()
    },
    onOpen: () => notify('open'),
    // Later: the package adds its listeners after the constructor, and connecting may fail inside it.
    onLost: () => queueMicrotask(() => notify('close')),
    stop: () => {
      loop.close()
      // When `close` is called inside the constructor, the package still starts its timeout afterwards.
      queueMicrotask(() => loop.close())
    },
  }
  return __DEV__ ? logLoop(gatedLoop, gatedLoop.onLost, gatedLoop.stop) : gatedLoop
}
