import {
  asyncFeature,
  binaryFeature,
  createSocketMiddleware as createDefault,
  debugFeature,
  handshakeFeature,
  headersFeature,
  idleFeature,
  schemaFeature,
} from '../../src/index.js'

/** `createSocketMiddleware` with every feature that the library has. */
export const createSocketMiddleware = createDefault.with(
  asyncFeature,
  binaryFeature,
  debugFeature,
  handshakeFeature,
  headersFeature,
  idleFeature,
  schemaFeature,
)
