// reduplex/features: features and codecs that few apps need.
export { debugFeature } from './debug.js'
export { framed, type MultiMessageCodec } from './framing.js'
export { headersFeature } from './headers.js'
export { secret, secretFeature } from './secret.js'
export { httpStatusFeature } from './httpStatus.js'
export { jsonLines, type JsonLinesOptions } from './jsonLines.js'
export type { Secret } from '../connection/types.js'
