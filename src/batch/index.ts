// The public names of `reduplex/batch`, listed one by one.
export type { BatchOptions } from '../middleware/options.js'
export { batchFeature } from './batchFeature.js'
export { listenerBytes } from './listenerBytes.js'
