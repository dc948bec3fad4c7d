import type { Frame } from '../internal/bytes.js'
import type { Topic } from '../rpc/dialects.js'
import type { Tab } from './hub.js'
import type { BytesByTab } from './notes.js'
import type { SharedSocket } from './SharedSocket.js'

/** One connection of one store. */
export interface TabConnection {
  readonly tab: Tab
  /** The socket that was created last. */
  socket?: SharedSocket
  /** Whether that socket is the holder's. It is as long as the connection lasts. */
  isHolder?: boolean
  /** In a shared session: whether requests in the frame that is being read are for another tab. */
  isForeign?: boolean | undefined
  /** Whether the holder's heartbeat proves what has arrived. */
  isProven?: boolean | undefined
  /** As the holder: for each question of the heartbeat that is not answered, what the tabs had sent before it. */
  unanswered: BytesByTab[]
  /** As a follower: for each send that is not confirmed, all bytes and the number of sends up to it. */
  sendEnds: (readonly [bytes: number, sent: number])[]
  /** What ends what the server does for the store, when its tab leaves the connection. */
  leftovers?: () => Frame[]
  /** Whether other tabs may have a subscription too. */
  isShared?: (topic: Topic) => boolean
  /** Open while the connection waits for a retry: another tab may have opened one. */
  watch?: BroadcastChannel | undefined
}

/** Where the features of a shared socket put the {@link TabConnection} of a connection. */
export const tabSlot = (): { own: TabConnection | undefined } => ({ own: undefined })
