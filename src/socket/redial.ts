import ReconnectingWebSocket from 'reconnecting-websocket'
import { soon } from '../internal/clock.js'

// The only file that knows reconnecting-websocket 4.4.0. It loops, everything else is decided outside: it never meets a native
// socket, an error or a delay, for there it locks up, lies about codes and cannot be hurried.

/** One run of the redial loop, from a connect to the close that ends it. */
export interface Redial {
  /** Lets the loop dial, now or as soon as it comes round. */
  readonly go: () => void
  /** The socket of this round is open. */
  readonly opened: () => void
  /** The socket of this round is gone: come round for the next. */
  readonly lost: () => void
  /** Ends the loop for good: it dials no more and leaves no timer. */
  readonly stop: () => void
}

// Under Node's rules the package's typings say `export default` where its file says `module.exports =`.
const Loop = ReconnectingWebSocket as unknown as new (
  url: () => Promise<string>,
  protocols: undefined,
  options: Readonly<Record<string, unknown>>,
) => { readonly close: () => void }

/** Every wait and bound of its own is taken from the loop; its timeout must be finite, for `Infinity` overflows to 1 ms. */
const bare = {
  minReconnectionDelay: 0,
  maxReconnectionDelay: 0,
  minUptime: 0,
  connectionTimeout: 2 ** 31 - 1,
  maxEnqueuedMessages: 0,
}

/** Starts a loop that stands at a gate before every round, calls `dial` when it is let through, and then waits to be told. */
export const createRedial = (dial: () => void): Redial => {
  let going = false
  let pass: ((url: string) => void) | undefined
  let hearing: Partial<Record<string, (event: object) => void>> = {}

  const meet = () => {
    if (going) pass?.('')
  }
  const tell = (type: 'open' | 'close') => hearing[type]?.({})

  /** What the loop holds for a WebSocket: it hears what it is told. */
  function Shell() {
    going = false
    pass = undefined
    const heard: typeof hearing = (hearing = {})
    dial()
    return {
      addEventListener: (type: string, listener: (event: object) => void) => (heard[type] = listener),
      removeEventListener: (type: string) => delete heard[type],
      close: () => {},
    }
  }

  const loop = new Loop(
    () =>
      new Promise((resolve) => {
        pass = resolve
        meet()
      }),
    undefined,
    // It takes for a WebSocket class what has this constant.
    { ...bare, WebSocket: Object.assign(Shell, { CLOSING: 2 }) },
  )
  return {
    go: () => {
      going = true
      meet()
    },
    opened: () => tell('open'),
    // Later, because the loop adds its listeners only after the constructor, and a dial may fail inside it.
    lost: () => soon(() => tell('close')),
    stop: () => {
      loop.close()
      // Closed from inside a dial, it would go on to start the timer of its timeout.
      soon(() => loop.close())
    },
  }
}
