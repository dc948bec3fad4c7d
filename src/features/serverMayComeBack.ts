import type { ReconnectOptions } from '../connection/types.js'

/**
 * Options for `reconnect` with which a close with 1000 is followed by a retry, for servers that close with 1000 when they restart. Everything else is as in
 * `options`: a decision of its `shouldReconnect` goes first, also after 1000; where that returns `undefined`, the table of close codes decides.
 * See docs/close-codes.md.
 *
 * @example
 * createSocketMiddleware({ url, reconnect: serverMayComeBack({ maxRetries: 20 }) })
 */
export const serverMayComeBack = (options: ReconnectOptions = {}): ReconnectOptions => ({
  ...options,
  shouldReconnect: (closed) => options.shouldReconnect?.(closed) ?? (closed.code === 1000 || undefined),
})
