import { fullAddressing } from '../connection/endpoint.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** The options `path` and `params`. */
export const addressFeature: Feature<'path' | 'params'> = {
  options: ['path', 'params'],
  order: order.address,
  settings: () => ({ addressing: fullAddressing }),
}
