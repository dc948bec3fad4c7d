import { exponentialBackoff } from './backoff.js'
import type { ReconnectOptions } from './types.js'

/**
 * The settings of reconnecting-websocket as options of `createSocketMiddleware`: delays of 1500 ms, growing by 1.3 up to 10 s, without jitter and without
 * end, and 4 s for an attempt. The package itself draws the first delay once for each page, 1 to 5 s. Without jitter all clients of a server that
 * restarts come back at the same times.
 *
 * @example
 * createSocketMiddleware({ url, ...reconnectingWebSocketDefaults })
 */
export const reconnectingWebSocketDefaults: {
  /** 4000. */
  readonly connectTimeout: number
  /** The delays. */
  readonly reconnect: ReconnectOptions
} = {
  connectTimeout: 4_000,
  reconnect: {
    backoff: /* @__PURE__ */ exponentialBackoff({ minDelay: 1_500, maxDelay: 10_000, factor: 1.3, jitter: 0 }),
    maxRetries: Infinity,
  },
}
