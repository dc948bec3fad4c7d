import { toControlFrame, isControl, type ControlFrame } from '../../../../src/internal/sessionFrames.js'
import {
  breakSession,
  countReceived,
  createClientSession,
  disconnect,
  sayHello,
  hasRoom,
  sendAck,
  sendCounted,
  takeControl,
} from '../../../../src/session/clientSession.js'
import type { NumberedFrame, SessionVerdict } from '../../../../src/session/sessionState.js'
import type { Broken, Control, ModelFrame, ModelLink } from './frames.js'

/** What the store of the client is told. */
export interface ClientEvents {
  readonly dropped: (reason: 'overflow' | 'indeterminate', ids: readonly string[]) => void
  readonly acknowledged: (ids: readonly string[]) => void
  readonly opened: (verdict: SessionVerdict, id: string) => void
  readonly message: (id: string | undefined, message: string) => void
  readonly ended: (id: string | undefined) => void
}

const idsOf = (frames: readonly NumberedFrame[]): string[] => frames.flatMap(({ id }) => id ?? [])

/** To the frame that a client of the library gets. */
const toText = ({ control, window = 0, ...rest }: Control): string =>
  toControlFrame({
    ttl: 0,
    maxPayload: 1_000,
    ...rest,
    is: control,
    window: { messages: window, bytes: 1_000_000 },
  } as unknown as ControlFrame)

const fromText = (text: string): Control => {
  const { is, window, ...rest } = JSON.parse(text.slice(1)) as Control & {
    readonly is: Control['control']
    readonly window?: { readonly messages: number }
  }
  return { ...rest, control: is, ...(window && { window: window.messages }) }
}

/** The client of the library, without timers and sockets: its state machine, and a queue with a bound. */
export const createModelClient = (window: number, maxQueue: number, events: ClientEvents, broken: Broken = {}) => {
  let link: ModelLink | undefined
  let abandoned: ModelLink | undefined
  let id: string | undefined
  let queue: string[] = []

  const pumpQueue = () => {
    while (queue.length && session.cursor === session.sent && hasRoom(session, 1)) {
      const next = queue.shift()!
      sendCounted(session, next, next)
    }
  }
  const write = (frame: string) => {
    if (!isControl(frame)) return link?.sendUp({ message: frame })
    const control = fromText(frame)
    link?.sendUp(broken.sameTurn && control.turn ? { ...control, turn: 1 } : control)
  }
  const session = createClientSession({
    limits: { messages: window, bytes: 1_000 },
    write: (frame) => write(frame as string),
    mayWrite: () => true,
    onWelcome: (welcome, verdict) => {
      if (!welcome.resumed) ({ id } = welcome)
      events.opened(verdict, id!)
    },
    onAcknowledged: (frames) => events.acknowledged(idsOf(frames)),
    onIndeterminate: (frames) => {
      if (broken.requeueOnLost) queue = [...idsOf(frames), ...queue]
      else events.dropped('indeterminate', idsOf(frames))
    },
    onReturned: (frames) => {
      events.ended(id)
      if (!broken.forgetReturned) queue = [...idsOf(frames), ...queue]
    },
    onLeft: () => {},
    onRoom: () => {
      if (!broken.ignoreRoom) pumpQueue()
    },
    onBroken: () => {
      link?.closeByClient()
      link = undefined
    },
  })
  return {
    isOffline: () => session.phase === 'offline' || session.phase === 'over',
    isReady: () => session.phase === 'ready',
    id: () => (session.key === undefined ? undefined : id),
    sizes: () => ({ unacked: session.unacked.length, queue: queue.length }),
    send: (message: string) => {
      if (broken.dropNumbered && session.unacked.length >= window) {
        events.dropped('overflow', idsOf(session.unacked.splice(0, 1)))
      }
      if (queue.length >= maxQueue) return events.dropped('overflow', [message])
      queue.push(message)
      pumpQueue()
    },
    /** A socket is open. */
    connect: (next: ModelLink) => {
      abandoned = link
      link = next
      sayHello(session)
    },
    take: (from: ModelLink, frame: ModelFrame) => {
      if (from !== link && !(broken.readOldSocket && from === abandoned)) return
      if ('control' in frame) {
        takeControl(session, toText(frame))
        // As the connection flushes its queue once it is ready.
        if (frame.control === 'welcome') pumpQueue()
        return
      }
      if ('close' in frame || session.phase !== 'ready') return
      events.message(id, frame.message)
      if (broken.countTwice && session.received % 7 === 6) countReceived(session, 1)
      if (countReceived(session, 1)) sendAck(session)
    },
    /** The interval for acknowledgements has passed. */
    ackDue: () => {
      if (session.phase === 'ready' && session.untold) sendAck(session)
    },
    closed: (from: ModelLink, code: number) => {
      if (from !== link) return
      link = undefined
      if (code === 4409) breakSession(session)
      else disconnect(session)
    },
  }
}
