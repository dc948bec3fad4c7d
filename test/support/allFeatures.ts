import { debugFeature, handoverFeature, headersFeature, rateFeature } from '../../src/features/index.js'
import {
  asyncFeature,
  binaryFeature,
  createSocketMiddleware as createDefault,
  handshakeFeature,
  idleFeature,
  schemaFeature,
} from '../../src/index.js'
import { sessionFeature } from '../../src/session/index.js'

/** `createSocketMiddleware` with every feature that the library has. */
export const createSocketMiddleware = createDefault.with(
  asyncFeature,
  binaryFeature,
  debugFeature,
  handoverFeature,
  handshakeFeature,
  headersFeature,
  idleFeature,
  rateFeature,
  schemaFeature,
  sessionFeature,
)
