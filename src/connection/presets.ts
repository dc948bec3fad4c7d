import type { ReconnectOptions } from './types.js'

/**
 * The numbers of reconnecting-websocket 4.4.0 as `reconnect` options: delays from 1–5 s, growing by 1.3 up to 10 s, without end. That library draws the
 * first delay once for each page and computes the others from it; here every delay is drawn. Its `connectionTimeout` is the option `connectTimeout`, 4000.
 */
export const reconnectingWebSocketDefaults: ReconnectOptions = {
  backoff: (attempt, { random }) => Math.min(10_000, (1_000 + random() * 4_000) * 1.3 ** (attempt - 1)),
  maxRetries: Infinity,
  minUptime: 5_000,
}
