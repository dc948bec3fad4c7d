import type { Link } from '../connection/hooks.js'

/**
 * The link of the handshake that is dispatching right now, and is under way. What a handshake dispatches itself may go out before the connection is ready; what others
 * dispatch meanwhile waits until it is.
 */
export const stepScope = (): { link: Link | undefined } => ({ link: undefined })
