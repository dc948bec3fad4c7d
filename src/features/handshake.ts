import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { earlyFrames } from './earlyFrames.js'
import { shakeHands } from './wire.js'

/** Runs the option `handshake` on every open, before the queue goes out. */
export const handshakeFeature: Feature<'handshake'> = {
  options: ['handshake'],
  order: order.handshake,
  create: (context) => {
    const { options, part, pipeline } = context
    const { handshake } = options
    if (!handshake) return undefined
    part(earlyFrames)
    return { beforeReady: (link) => shakeHands(handshake, context, link, pipeline) }
  },
}
