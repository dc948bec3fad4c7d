import type { ReceivedFrame } from '../../internal/bytes.js'
import { after } from '../../internal/clock.js'
import { isControl, isCounted, readControlFrame, type Hello } from '../../internal/sessionFrames.js'
import { approximateSize } from '../connection/frameQueue.js'
import type { Packet } from '../connection/packets.js'
import type { Limits } from '../limits.js'
import { createSlots } from '../slots.js'
import type { KeptConnection } from './keptConnection.js'
import type { NodeSessions } from './nodeSessions.js'
import type { SocketLink } from './sessionLink.js'
import type { Session } from './session.js'

// What a client sends over one WebSocket of a session: frames of the session itself, heartbeats, and counted frames.

/** What {@link createSessionWire} needs. */
export interface SessionWireConfig {
  readonly node: NodeSessions<Packet>
  readonly connectionOf: (session: Session<Packet>) => KeptConnection | undefined
  readonly ping: Limits['ping']
  /** Whether a hello may have to wait for a store. */
  readonly hasStore: boolean
}

/** Processes what arrives. */
export interface SessionWire {
  readonly receive: (link: SocketLink, frame: ReceivedFrame) => void
  /** Counts a frame that cannot be read, as if it were handled. */
  readonly skip: (link: SocketLink) => void
}

/** The hellos that are answered at a time: a store may be slow. */
const MAX_HELLOS = 100
/** How long the bye of a client waits for the frames before it, in milliseconds. */
const BYE_WAIT = 1_000

const MALFORMED = 'malformed session frame'
const HELLO_EXPECTED = 'hello expected'

interface WireState extends SessionWireConfig {
  readonly answerHello: (link: SocketLink, hello: Hello) => void
}

const onHello = ({ answerHello }: WireState, link: SocketLink, hello: Hello): void => {
  if (link.hasGreeted) return link.close(4400, 'one hello for each connection')
  link.hasGreeted = true
  answerHello(link, hello)
}

const onBye = ({ node, connectionOf }: WireState, link: SocketLink, received: number): void => {
  const session = node.bye(link, received)
  const connection = session && connectionOf(session)
  if (!connection) return
  // The answer says that all frames before it are handled.
  connection.frames.hurry()
  let cancel = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = after(BYE_WAIT, resolve)
  })
  void Promise.race([connection.whenHandled(), late]).then(() => {
    cancel()
    node.end(session, 1000, '')
  })
}

const onControl = (state: WireState, link: SocketLink, text: string): void => {
  const { node } = state
  const frame = readControlFrame(text)
  if (!frame || frame.is === 'welcome') return link.close(4400, MALFORMED)
  if (frame.is === 'hello') return onHello(state, link, frame)
  if (!link.hasGreeted) return link.close(4400, HELLO_EXPECTED)
  if (!node.sessionOf(link)) return
  if (frame.is === 'bye') return onBye(state, link, frame.received)
  if (!node.ack(link, frame.received) && link.countIdleAck()) link.close(4400, 'too many acknowledgements')
}

const onCounted = ({ node, connectionOf }: WireState, link: SocketLink, frame: ReceivedFrame): void => {
  if (!link.hasGreeted) return link.close(4400, HELLO_EXPECTED)
  const session = node.sessionOf(link)
  const connection = session && connectionOf(session)
  if (!connection) return
  const bytes = approximateSize(frame)
  // Not counted, so it comes again on the next connection. A socket that cannot be paused is the only one that gets here.
  if (!connection.frames.accepts(bytes)) return node.drop(session, 4429, 'too many messages wait')
  const taken = node.take(link, bytes)
  if (taken) connection.push(frame, taken)
}

const receive = (state: WireState, link: SocketLink, frame: ReceivedFrame): void => {
  const { ping } = state
  if (link.isOver() && !state.node.sessionOf(link)) return
  if (ping !== undefined && frame === ping.request) return link.sendText(ping.reply)
  if (frame === ping?.reply) return
  if (isControl(frame)) onControl(state, link, frame)
  else if (isCounted(frame)) onCounted(state, link, frame)
}

/** Creates the inbound side of the WebSockets of all sessions. */
export const createSessionWire = (config: SessionWireConfig): SessionWire => {
  const { node, hasStore } = config
  const slots = createSlots(MAX_HELLOS)
  const state: WireState = {
    ...config,
    answerHello: (link, hello) =>
      void (hasStore ? slots.run(async () => await node.hello(link, hello)) : node.hello(link, hello)),
  }
  return {
    receive: (link, frame) => receive(state, link, frame),
    skip: (link) => {
      const taken = node.take(link, 0)
      if (taken) node.handled(taken.session, taken.number)
    },
  }
}
