// The public names of `reduplex/lifecycle`, listed one by one.
export type { Lifecycle } from '../middleware/options.js'
export { lifecycleFeature } from './lifecycleFeature.js'
export { reactNativeLifecycle, type AppStateLike, type NetInfoLike } from './reactNative.js'
