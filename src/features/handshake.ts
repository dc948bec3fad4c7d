import { aFunction } from '../internal/optionChecks.js'
import { checkMembers } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { earlyFrames } from './earlyFrames.js'
import { runHandshake } from './wire.js'

/** Runs the option `handshake` each time the socket opens, before the queue is flushed. See docs/options.md#handshake. */
export const handshakeFeature: Feature<'handshake'> = {
  options: ['handshake'],
  order: order.handshake,
  check: __DEV__ ? ({ handshake }) => checkMembers({ handshake }, { handshake: aFunction }) : undefined,
  create: (context) => {
    const { options, part, pipeline } = context
    const { handshake } = options
    if (!handshake) return undefined
    part(earlyFrames)
    return { beforeReady: (link) => runHandshake(handshake, context, link, pipeline) }
  },
}
