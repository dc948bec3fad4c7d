import type { Link } from '../connection/hooks.js'
import type { Feature } from './feature.js'
import * as order from './order.js'
import type { PingOptions } from './options.js'

/** Answers the server's ping; the store does not see it. */
export const pingReply: Feature<'ping'> = {
  options: ['ping'],
  order: order.ping,
  create: ({ options, pipeline }) => {
    const { ping = !pipeline.isPlainText } = options
    if (!ping) return undefined
    const { request = 'ping', reply = 'pong' }: PingOptions = typeof ping === 'object' ? ping : {}
    let link: Link | undefined
    return {
      onSocketOpen: (opened) => {
        link = opened
      },
      onFrame: (frame) => {
        if (frame !== request) return false
        link?.send(reply)
        return true
      },
    }
  },
}
