import type { Link } from '../connection/hooks.js'
import type { Feature } from './feature.js'
import * as order from './order.js'

/** Answers the server's pings. The store does not see them. */
export const pingFeature: Feature<'respondToPing'> = {
  options: ['respondToPing'],
  order: order.ping,
  create: ({ options, pipeline }) => {
    const { respondToPing = !pipeline.isPlainText } = options
    if (!respondToPing) return undefined
    const { ping = 'ping', pong = 'pong' } = respondToPing === true ? {} : respondToPing
    let link: Link | undefined
    return {
      onSocketOpen: (opened) => {
        link = opened
      },
      onFrame: (frame) => {
        if (frame !== ping) return false
        link?.send(pong)
        return true
      },
    }
  },
}
