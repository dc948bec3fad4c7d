import { buildSocketMiddleware } from '../middleware/buildSocketMiddleware.js'
import { addressFeature } from './address.js'
import { heartbeatFeature } from './heartbeat.js'
import { pageLifecycleFeature } from './pageLifecycle.js'
import { queueFeature } from './queue.js'
import { retryFeature } from './retry.js'

/**
 * Creates the middleware that owns a WebSocket, with the default features: address parts, heartbeat, page lifecycle, send queue and retry options.
 * `.with()` adds further ones. See docs/options.md.
 */
export const createSocketMiddleware = /* @__PURE__ */ buildSocketMiddleware(
  addressFeature,
  heartbeatFeature,
  pageLifecycleFeature,
  queueFeature,
  retryFeature,
)
