import type { WebSocketClass } from '../../connection/types.js'
import type { Frame, ReceivedFrame } from '../../internal/bytes.js'
import type { PageEvent } from '../../internal/environment.js'
import { codedError } from '../../internal/errors.js'
import type { Guard } from '../../internal/guard.js'
import { codecOfSession, isControl, isCounted, readControlFrame } from '../../internal/sessionFrames.js'
import type { Feature, FeatureContext, FeatureHooks } from '../../middleware/feature.js'
import * as order from '../../middleware/order.js'
import type { Tab } from '../hub.js'
import { encodeLeftovers } from '../leftovers.js'
import type { SharedSocket } from '../SharedSocket.js'
import { tabSlot } from '../tabConnection.js'
import { endLeftovers, passLeftovers, postLeftovers, postLeftoversLater } from './leftovers.js'
import { answerHello, createMember, endIfDone, forwardFrame, trimBuffer, usesSession } from './member.js'
import { findOthers, startListening, stopListening } from './peers.js'
import { endLink, leaveLink, openLink } from './sessionLink.js'
import type { Member, SharedSession } from './sharedSession.js'

/** One connection of one store. */
interface SessionConnection {
  /** Another one for each key: the last acknowledgements of the session before still come for its own. */
  member: Member
  context?: FeatureContext
  session?: SharedSession
  /** The sockets that have not closed. */
  readonly sockets: Set<SharedSocket>
  isActive: boolean
}

/** By what only one connection has. */
const connections = new WeakMap<Guard, SessionConnection>()

/** The sessions of a page, by the key of the connection. */
const sessions = new WeakMap<Tab, Map<string, SharedSession>>()

/** The page is frozen, enters the back-forward cache, or is left. With the last page that is left the session ends. */
const fallAsleep = (session: SharedSession, event: PageEvent = {}): void => {
  const { link, others } = session
  const isLeft = event.type === 'pagehide' && !event.persisted
  // With others, what is not written yet stays so: the notes that name it may be lost with the page.
  if (isLeft && link && !others.size) leaveLink(session, link)
  postLeftovers(session)
  stopListening(session, !isLeft)
  // A socket that waits for the end of the one before does not end with the page's others: it goes on when the page wakes.
  startListening(session)
}

const sessionOf = (tab: Tab, key: string): SharedSession => {
  const all = sessions.get(tab) ?? new Map<string, SharedSession>()
  sessions.set(tab, all)
  const session: SharedSession = all.get(key) ?? {
    tab,
    key,
    name: `${key}:tab:${Math.random().toString(36).slice(2)}`,
    members: new Set(),
    watched: new Set(),
    watch: { close: (event) => fallAsleep(session, event) },
    turn: 0,
    isFresh: false,
    others: new Set(),
    leftovers: new Map(),
    posted: [],
    echoes: new Map(),
  }
  all.set(key, session)
  return session
}

const removeMember = (session: SharedSession, member: Member): void => {
  session.members.delete(member)
  passLeftovers(session, member)
  if (session.members.size) postLeftoversLater(session)
  else stopListening(session)
}

/** A store takes part, or does not any more. */
const leaveSession = ({ isActive, member, session, sockets }: SessionConnection): void => {
  if (session && !isActive && !sockets.size) removeMember(session, member)
}

/** No store uses the session any more. */
const leaveIfLast = (session: SharedSession): void => {
  const { link, members, others } = session
  if (link && !others.size && ![...members].some(usesSession)) leaveLink(session, link)
}

/** The store has ended its session. As the last one it ends that of all. */
const onBye = async (session: SharedSession, member: Member, port: SharedSocket): Promise<void> => {
  if (member.port !== port) return
  postLeftovers(session)
  member.saysBye = true
  leaveIfLast(session)
  await findOthers(session)
  leaveIfLast(session)
  if (session.link?.phase !== 'leaving') endIfDone(member)
}

const onControl = (
  { context }: SessionConnection,
  session: SharedSession,
  member: Member,
  port: SharedSocket,
  text: string,
): void => {
  const frame = readControlFrame(text)
  const { hub } = port
  if (frame?.is === 'ack' && member.port === port) trimBuffer(member, frame.received)
  if (frame?.is === 'bye') void onBye(session, member, port)
  if (frame?.is !== 'hello' || !hub) return
  member.port = undefined
  member.pendingHello = { port, hello: frame }
  if (port.isHolder && session.link?.hub !== hub)
    openLink(session, hub, member, frame.window, context!.options.session!.ackInterval ?? 250)
  else answerHello(session, member)
}

/** Puts the session of this tab between a store and its shared socket. */
const joinSession = (own: SessionConnection, tab: Tab, socket: SharedSocket): SharedSocket => {
  const session = sessionOf(tab, socket.key)
  const send = socket.send.bind(socket)
  let hasGreeted = false
  const { member: former, session: before, sockets } = own
  if (before && before !== session) {
    own.member = { ...createMember(), leftovers: former.leftovers }
    if (!sockets.size) removeMember(before, former)
  }
  const { member } = own
  own.session = session
  session.members.add(member)
  sockets.add(socket)
  startListening(session)
  socket.send = (frame: Frame) => {
    const data = frame as ReceivedFrame
    const isOwn = codecOfSession(socket.protocol) !== undefined && (isControl(data) || (hasGreeted && isCounted(data)))
    if (!isOwn) return send(frame)
    hasGreeted = true
    if (isControl(data)) onControl(own, session, member, socket, data)
    else forwardFrame(session, member, socket, frame)
  }
  socket.addEventListener('close', () => {
    sockets.delete(socket)
    if (member.port === socket) member.port = undefined
    if (session.link?.hub.state === 'over') endLink(session)
    if (member === own.member) leaveSession(own)
    else removeMember(session, member)
  })
  return socket
}

const createHooks = (own: SessionConnection, context: FeatureContext): FeatureHooks => ({
  onFrame: (frame) => {
    const tab = context.part(tabSlot).own
    if (tab && isCounted(frame)) tab.isForeign = own.member.foreign.shift()
    return false
  },
  onClosing: () => {
    endLeftovers(context)
    own.member.isClosing = true
  },
  onActive: (isActive) => {
    own.isActive = isActive
    leaveSession(own)
  },
})

/**
 * Beside `sessionFeature` and a shared socket: one session at the server for all tabs. It goes on when the tab that holds the connection is gone. Where
 * sockets cannot be shared, each page has a session of its own. See docs/tabs.md#one-session-for-all-tabs.
 *
 * @example
 * createSocketMiddleware.with(sessionFeature, sharedSessionFeature)({ url, WebSocket: createSharedWebSocket(), session: {} })
 */
export const sharedSessionFeature: Feature<never> = {
  options: [],
  // Before the shared socket looks for it.
  order: order.first - 1,
  settings: ({ session }, { findClass }, guard) => {
    if (!session) return {}
    if (session.storage) {
      throw codedError(
        'storage_in_tabs',
        __DEV__
          ? 'sharedSessionFeature cannot be used beside "session.storage": what one tab had sent is not known to the next page. Leave one of the two out.'
          : '',
      )
    }
    const own: SessionConnection = {
      member: createMember(),
      sockets: new Set(),
      isActive: false,
    }
    connections.set(guard, own)
    return {
      sharedSession: true,
      findClass: () => {
        const Class = findClass() as unknown as new (url: string, protocols: string[], mode: string) => SharedSocket
        const tab = own.context?.part(tabSlot).own?.tab
        const connect = function (url: string, protocols: string[]) {
          return joinSession(own, tab!, new Class(url, protocols, '.session'))
        }
        return (tab ? connect : Class) as unknown as WebSocketClass
      },
    }
  },
  create: (context) => {
    const own = connections.get(context.guard)
    if (!own) return undefined
    own.context = context
    own.member.leftovers = () => encodeLeftovers(context)
    return createHooks(own, context)
  },
}
