import type { Link } from '../connection/hooks.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import type { ConnectionContext } from '../middleware/feature.js'

/** Delivers a frame of a socket that another one has replaced. */
export interface FormerFrames {
  /** Replaced by a codec of which a frame has several messages. `isHandled`: whether a frame, or a message of one, was a ping or an answer. */
  deliver: (link: Link, frame: ReceivedFrame, isHandled: (frame: ReceivedFrame) => boolean) => void
}

/** How frames of former sockets are delivered. */
export const formerFrames = ({ connection }: ConnectionContext): FormerFrames => ({
  deliver: (_link, frame) => connection.deliver(frame),
})
