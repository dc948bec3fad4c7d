import { after } from '../../internal/clock.js'
import type { FeatureContext } from '../../middleware/feature.js'
import { rpcSlot } from '../../rpc/rpc.js'
import { listLeftovers } from '../leftovers.js'
import { watchTab } from './goneTabs.js'
import { postSession, type Member, type SharedSession } from './sharedSession.js'

// Each tab tells the others the frames that end what the server does for it, so that the holder can send them when the tab is gone.

/** Changes are told this much later, in milliseconds: most requests are over by then. */
const CHANGE_MS = 250

/** Ends what the server does for a store that closes the connection. */
export const endLeftovers = (context: FeatureContext): void => {
  for (const call of listLeftovers(context)) context.part(rpcSlot).rpc!.send(call, { whenOffline: 'drop' })
}

/** Tells the other tabs what is left when this page is gone, if it has changed. */
export const postLeftovers = (session: SharedSession): void => {
  const { members, name: from, state } = session
  for (const member of members) if (member.key && !member.saysBye) member.posted = member.leftovers?.() ?? []
  const frames = [...members].flatMap(({ posted }) => posted)
  const before = session.posted
  session.cancelPost?.()
  session.cancelPost = undefined
  // Bytes are posted again each time: a codec makes new ones.
  if (!state || (frames.length === before.length && frames.every((frame, index) => frame === before[index]))) return
  session.posted = frames
  postSession(session, { t: 'leftovers', epoch: state.epoch, from, frames })
}

/** What a tab has asked for may have changed. */
export const postLeftoversLater = (session: SharedSession): void => {
  session.cancelPost ??= after(CHANGE_MS, () => postLeftovers(session))
}

/** Another tab may not know of them. */
export const repostLeftovers = (session: SharedSession): void => {
  session.posted = []
  postLeftoversLater(session)
}

/** A store does not use the session any more, which goes on: what it has left is ended as that of a tab that is gone. */
export const passLeftovers = (session: SharedSession, { id, posted: frames }: Member): void => {
  const { channel, key, leftovers, state } = session
  if (!channel || !frames.length) return
  // Nobody holds this lock.
  const from = key + id
  postSession(session, { t: 'leftovers', epoch: state!.epoch, from, frames })
  leftovers.set(from, { frames, sleeps: false })
  void watchTab(session, from)
}
