import { createHandshakeFrames } from '../connection/handshake.js'
import type { Link } from '../connection/hooks.js'
import { closeWithout } from '../connection/closeInfo.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import type { ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { createFrameGuard } from '../middleware/inbound.js'

const overflowMessage = 'The handshake left too much unread: more than 1000 messages, or more than 8 MiB.'

/** Holds the frames that arrive before the connection is ready: the steps read them, and what they leave is delivered afterwards. */
export const earlyFrames = ({ connection, hooks, part }: ConnectionContext) => {
  const { isWithinSizeLimit } = part(createFrameGuard)
  let frames = createHandshakeFrames()
  let link: Link | undefined
  let unread: readonly ReceivedFrame[] = []
  hooks.attach(order.earlyFrames, {
    onSocketOpen: (opened) => {
      link = opened
      frames = createHandshakeFrames()
    },
    onFrame: (frame) => {
      if (!link) return false
      if (!isWithinSizeLimit(frame) || frames.push(frame)) return true
      const message = __DEV__ ? overflowMessage : ''
      link.lose({ problem: { code: 'handshake_failed', message }, close: closeWithout('abandoned') })
      return true
    },
    onEvent: ({ type }) => {
      // Before the store hears of it: from now on nobody else may take a frame.
      if (type !== 'opened' || !link) return
      unread = frames.finish()
      link = undefined
    },
    onReady: () => {
      const held = unread
      unread = []
      for (const frame of held) connection.deliver(frame)
    },
    onLinkEnd: () => {
      if (link) frames.end()
      link = undefined
      unread = []
    },
  })
  return { receive: (options?: { readonly signal?: AbortSignal | undefined }) => frames.receive(options) }
}
