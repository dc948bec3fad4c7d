import { isBytes } from '../internal/bytes.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/**
 * Passes received bytes to `socketListen` and `socketReceive` only: they get no handle, are not kept, and no action is dispatched. No schema checks them. `isFor`
 * selects them; what it throws is a `socketError`, and the bytes then take the usual way. A message that has bytes inside is not concerned.
 * See docs/high-rates.md.
 */
export const listenerBytes = (
  isFor: (bytes: ArrayBuffer | ArrayBufferView | Blob) => boolean = () => true,
): Feature<never> => ({
  options: [],
  order: order.batch,
  create: ({ guard, hooks }) => {
    const notify = (bytes: unknown) => hooks.run('onDelivered', bytes)
    return {
      claim: (message) =>
        isBytes(message) && guard('listenerBytes', () => isFor(message)) === true ? notify : undefined,
    }
  },
})
