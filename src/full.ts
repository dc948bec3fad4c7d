// Temporary: every feature under the names of 0.1.0, so that its tests run against the skeleton.
import { asyncFeature } from './features/async.js'
import { binaryFeature } from './features/binary.js'
import { handshakeFeature } from './features/handshake.js'
import { idleFeature } from './features/idle.js'
import { createSocketMiddleware as createDefault } from './features/index.js'
import { schemaFeature } from './features/schema.js'

export const createSocketMiddleware = /* @__PURE__ */ createDefault.with(
  asyncFeature,
  binaryFeature,
  handshakeFeature,
  idleFeature,
  schemaFeature,
)
