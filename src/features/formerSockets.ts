import { closeWithout } from '../connection/closeInfo.js'
import type { Link } from '../connection/hooks.js'
import type { CloseInfo } from '../connection/types.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import { onPage } from '../internal/environment.js'
import type { FeatureContext, FeatureHooks } from '../middleware/feature.js'
import { pingFeature } from '../middleware/respondToPing.js'
import { readAnswer } from './beat.js'
import { formerFrames } from './formerFrames.js'
import { heartbeatOptions } from './heartbeatOptions.js'

/** How long a former socket stays open once its successor is ready, in milliseconds: after a `close()` browsers ignore the frames that are on their way. */
const LINGER_MS = 500

/** A socket that was open, and that another one replaces or has replaced. Its messages are still delivered. */
interface FormerSocket {
  readonly link: Link
  /** Answers its pings. */
  readonly ping: FeatureHooks | undefined
  /** The sends that were not proven to have arrived. */
  readonly unprovenSends: (readonly [ids: readonly string[], count: number])[]
  /** The last message of a protocol (`beforeClose`), which goes out before the close frame. */
  readonly lastFrames: Frame[]
  /** Whether the new connection is ready, or its loss was reported. The end of this socket is then no event. */
  hasSuccessor: boolean
  /** Whether the app has closed the connection: what still arrives is not wanted. */
  isIgnored: boolean
  isClosing: boolean
  cancelTimer: Cancel
}

/** The former sockets of one connection, the oldest first. */
export interface FormerSockets {
  readonly context: FeatureContext
  readonly all: Set<FormerSocket>
  /** Reports sends that may not have arrived. */
  readonly drop: (ids: readonly string[], count: number) => void
  /** The last socket is lost before its successor is ready. */
  readonly onLost: (close: CloseInfo) => void
  /** Whether the message that is being delivered comes from a socket whose successor is ready. */
  isPast: boolean
  stopPage: Cancel
}

/** Creates the list. */
export const createFormerSockets = (members: Pick<FormerSockets, 'context' | 'drop' | 'onLost'>): FormerSockets => ({
  ...members,
  all: new Set(),
  isPast: false,
  stopPage: () => {},
})

/** The former sockets without a successor. */
export const leaving = ({ all }: FormerSockets): readonly FormerSocket[] =>
  Array.from(all).filter(({ hasSuccessor }) => !hasSuccessor)

const onEnd = (formers: FormerSockets, former: FormerSocket, close: CloseInfo): void => {
  const { all, drop, onLost, stopPage } = formers
  if (!all.delete(former)) return
  former.cancelTimer()
  if (!all.size) stopPage()
  // The peer answers a close frame only when it has read everything before it.
  const isConfirmed = former.isClosing && close.code === 1000 && close.wasClean
  for (const [ids, count] of isConfirmed ? [] : former.unprovenSends) drop(ids, count)
  if (!former.hasSuccessor && !leaving(formers).length) onLost(close)
}

const onFrame = (formers: FormerSockets, former: FormerSocket, frame: ReceivedFrame): void => {
  const { guard, options, part, pipeline } = formers.context
  const isHandled = (received: ReceivedFrame): boolean =>
    former.ping?.onFrame?.(received) === true ||
    (!!options.heartbeat && readAnswer({ guard, options: part(heartbeatOptions), pipeline }, received) !== false)
  if (former.isIgnored || isHandled(frame)) return
  formers.isPast = former.hasSuccessor
  part(formerFrames).deliver(former.link, frame, isHandled)
  formers.isPast = false
}

/** Closes a former socket. Its messages are delivered until it has closed, for `closeTimeout` at most. */
const closeFormer = (formers: FormerSockets, former: FormerSocket): void => {
  const { closeTimeout = 2_000 } = formers.context.options
  if (former.isClosing) return
  former.isClosing = true
  former.cancelTimer()
  former.cancelTimer = after(closeTimeout, () => abandon(formers, former))
  for (const frame of former.lastFrames) former.link.send(frame)
  former.link.socket.close(1000)
}

/** Gives a former socket up at once. */
const abandon = (formers: FormerSockets, former: FormerSocket): void => {
  const { link, isClosing } = former
  former.isIgnored = true
  if (link.socket.terminate) link.socket.terminate()
  else if (!isClosing) link.socket.close()
  formers.context.taskQueue.enqueue(() => onEnd(formers, former, closeWithout('abandoned')))
}

/** Keeps the socket of a link: from now on its messages come here. */
export const addFormer = (formers: FormerSockets, link: Link): FormerSocket => {
  const { all, context } = formers
  const { enqueue } = context.taskQueue
  const former: FormerSocket = {
    link,
    ping: pingFeature.create?.(context),
    unprovenSends: [],
    lastFrames: [],
    hasSuccessor: false,
    isIgnored: false,
    isClosing: false,
    cancelTimer: () => {},
  }
  former.ping?.onSocketOpen?.(link)
  link.socket.addEventListener('message', (event) => {
    const { data } = event as { readonly data: ReceivedFrame }
    enqueue(() => onFrame(formers, former, data))
  })
  link.socket.addEventListener('close', (event) => {
    const { code, reason, wasClean = false } = event as Partial<CloseInfo> & Pick<CloseInfo, 'code' | 'reason'>
    enqueue(() => onEnd(formers, former, { code, reason, wasClean, at: now() }))
  })
  // An open socket would keep the page out of the back-forward cache.
  if (!all.size) {
    formers.stopPage = onPage('pagehide', ({ persisted }) => persisted && enqueue(() => closeFormers(formers)))
  }
  all.add(former)
  return former
}

/** Runs what ends the link of a former socket and closes it. Neither has an effect on the socket now. */
export const keepOpen = ({ link, lastFrames }: FormerSocket, giveUp: () => void): void => {
  const { send, socket } = link
  const close = socket.close.bind(socket)
  socket.close = () => {}
  Object.assign(link, { send: (frame: Frame) => lastFrames.push(frame) })
  giveUp()
  Object.assign(link, { send })
  socket.close = close
}

/** Delivers frames that were held back. */
export const deliverHeld = (formers: FormerSockets, former: FormerSocket, frames: readonly ReceivedFrame[]): void => {
  for (const frame of frames) onFrame(formers, former, frame)
}

/** The successor is ready, or lost: the end of a former socket is no event any more. */
export const succeed = (formers: FormerSockets): void => {
  for (const former of formers.all) former.hasSuccessor = true
}

/** Closes the former sockets, once what is on its way has arrived. */
export const retire = (formers: FormerSockets): void => {
  const { enqueue } = formers.context.taskQueue
  for (const former of formers.all) {
    if (former.isClosing) continue
    former.cancelTimer()
    former.cancelTimer = after(LINGER_MS, () => enqueue(() => closeFormer(formers, former)))
  }
}

/** Closes the former sockets now. */
export const closeFormers = (formers: FormerSockets): void => {
  for (const former of formers.all) closeFormer(formers, former)
}

/** The app closes the connection: what still arrives is not delivered. */
export const ignoreFormers = (formers: FormerSockets): void => {
  succeed(formers)
  for (const former of formers.all) {
    former.isIgnored = true
    if (formers.context.isDisposed()) abandon(formers, former)
    else closeFormer(formers, former)
  }
}
