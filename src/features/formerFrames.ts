import type { Link } from '../connection/hooks.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import type { ConnectionContext } from '../middleware/feature.js'

/** Delivers a frame of a socket that another one has replaced. */
export interface FormerFrames {
  /** Replaced by a codec that keeps a state for each socket. */
  deliver: (link: Link, frame: ReceivedFrame) => void
}

/** How frames of former sockets are delivered. */
export const formerFrames = ({ connection }: ConnectionContext): FormerFrames => ({
  deliver: (_link, frame) => connection.deliver(frame),
})
