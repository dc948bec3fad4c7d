import { after } from '../../internal/clock.js'
import type { FeatureContext } from '../../middleware/feature.js'
import { rpcSlot } from '../../rpc/rpc.js'
import { listLeftovers } from '../leftovers.js'
import { postSession, type SharedSession } from './sharedSession.js'

// What the server still does for a store when its page is gone while the session goes on: subscriptions and running requests. Each tab tells the others the
// frames that end it, so that the holder can send them.

/** Changes are told this much later, in milliseconds: most requests are over by then. */
const CHANGE_MS = 250

/** Ends what the server does for a store that closes the connection. */
export const endLeftovers = (context: FeatureContext): void => {
  for (const call of listLeftovers(context)) context.part(rpcSlot).rpc!.send(call, { whenOffline: 'drop' })
}

/** Tells the other tabs what is left when this page is gone, if it has changed. */
export const postLeftovers = (session: SharedSession): void => {
  const { members, name: from, state } = session
  const frames = [...members].flatMap(({ leftovers }) => leftovers?.() ?? [])
  const text = JSON.stringify(frames)
  session.cancelPost?.()
  session.cancelPost = undefined
  if (!state || text === session.posted) return
  session.posted = text
  postSession(session, { t: 'leftovers', epoch: state.epoch, from, frames })
}

/** What a tab has asked for may have changed. */
export const postLeftoversLater = (session: SharedSession): void => {
  session.cancelPost ??= after(CHANGE_MS, () => postLeftovers(session))
}

/** Another tab may not know of them. */
export const repostLeftovers = (session: SharedSession): void => {
  session.posted = '[]'
  postLeftoversLater(session)
}
