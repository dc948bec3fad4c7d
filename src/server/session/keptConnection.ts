import type { ReceivedFrame } from '../../internal/bytes.js'
import { after, type Cancel } from '../../internal/clock.js'
import { drainConnection } from '../connection/drain.js'
import { createFrameQueue, type FrameQueue, type FrameQueueConfig } from '../connection/frameQueue.js'
import type { ConnectionLifetime } from '../connection/lifetime.js'
import type { Packet } from '../connection/packets.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import { createTokenBucket, type TokenBucket } from '../connection/tokenBucket.js'
import { FrameHandling } from './frameHandling.js'
import type { NodeSessions } from './nodeSessions.js'
import type { SessionEnd } from './sessionNode.js'
import type { SocketLink } from './sessionLink.js'
import type { SessionSettings } from './sessionOptions.js'
import { SessionSocket } from './sessionSocket.js'
import type { Session } from './session.js'

/** A number and what it is the number of. */
interface NumberedFrame {
  readonly number: number
  readonly isRedelivered: boolean
}

/** What the connections of sessions share. */
export interface KeptConnectionConfig {
  readonly settings: SessionSettings
  readonly node: () => NodeSessions<Packet>
  readonly hasStore: boolean
  readonly lifetime: ConnectionLifetime
  readonly frameConfig: FrameQueueConfig<KeptConnection>
  readonly onSlowHandler: (connection: InternalConnection) => void
  readonly onBegun: (kept: KeptConnection, connection: InternalConnection) => void
  readonly onDrained: (kept: KeptConnection) => void
}

interface FlushWaiter {
  readonly number: number
  readonly resolve: (isAcknowledged: boolean) => void
}

/** How long a session that nobody has confirmed waits for its client: perhaps nobody knows its key. */
const ORPHAN_MS = 10_000
/** How often a session may be resumed: each time all that is not acknowledged is sent again. */
const RESUMES = { perSecond: 10, burst: 50 }

/** The connection of one session: what the app sees of it, its frames and its timers. */
export class KeptConnection {
  readonly session: Session<Packet>
  readonly socket: SessionSocket
  readonly frames: FrameQueue
  readonly handling: FrameHandling
  link: SocketLink
  connection: InternalConnection | undefined
  /** How the last WebSocket closed. */
  lastEnd = { code: 1006, reason: '' }
  readonly #config: KeptConnectionConfig
  /** The numbers of the frames that wait. */
  #numbers: NumberedFrame[] = []
  /** Nothing more is processed, although the session may not be over yet. */
  #isStopped = false
  #cancelWait: Cancel | undefined
  #cancelAck: Cancel | undefined
  #flushes: FlushWaiter[] = []
  #idleWaiters: (() => void)[] = []
  #resumes: TokenBucket | undefined
  /** Why the session is over. */
  #endReason: SessionEnd | undefined

  constructor(session: Session<Packet>, link: SocketLink, config: KeptConnectionConfig) {
    this.session = session
    this.link = link
    this.#config = config
    this.socket = new SessionSocket(session.codec, {
      send: (packet) => void config.node().send(session, packet),
      isFull: (bytes) => config.node().isFull(session, bytes),
      end: (code, reason) => config.node().end(session, code, reason),
      drop: (code, reason) => config.node().drop(session, code, reason),
      canKeep: ({ data }) => !config.hasStore || typeof data === 'string' || !('size' in data),
      below: () => (session.link as SocketLink | undefined)?.admitted.ws,
    })
    this.frames = this.#numbered(createFrameQueue(config.frameConfig, this))
    this.handling = new FrameHandling({
      timeout: config.settings.handleTimeout,
      onHandled: (number) => {
        config.node().handled(session, number)
        this.#checkIdle()
      },
      onSlow: () => this.connection && config.onSlowHandler(this.connection),
    })
  }

  /** Emits `add`, and starts to process frames. */
  begin(data: Record<string, unknown> | undefined) {
    const { session, socket, frames, handling, link } = this
    // A listener to `add` may already end the session.
    this.connection = this.#config.lifetime.begin({
      ...link.admitted,
      ws: socket,
      frames,
      onSent: () => {},
      kept: { id: session.id, data, client: link.admitted.ws, handling, flush: async () => await this.flush() },
    })
    this.#config.onBegun(this, this.connection)
    if (this.#endReason) this.#drain(this.#endReason)
  }

  /** Adds a frame that was taken. */
  push(frame: ReceivedFrame, numbered: NumberedFrame) {
    if (this.#isStopped) return this.#config.node().untake(this.session, 1)
    this.#numbers.push(numbered)
    this.frames.push(frame)
  }

  /** The session goes on over another WebSocket. */
  resume(link: SocketLink) {
    this.#cancelWait?.()
    this.link = link
    if (this.socket.isPaused) link.admitted.ws.pause?.()
    if (this.connection) this.#config.lifetime.resume(this.connection, link.admitted)
  }

  /** Whether the session may be resumed once more now. */
  mayResume(): boolean {
    return (this.#resumes ??= createTokenBucket(RESUMES.perSecond, RESUMES.burst)).take()
  }

  suspend() {
    const { session, connection } = this
    const { settings, node, lifetime } = this.#config
    this.#cancelWait?.()
    const [ms, reason]: [number, SessionEnd] = session.isConfirmed
      ? [settings.ttl, 'expired']
      : [Math.min(ORPHAN_MS, settings.ttl), 'unconfirmed']
    this.#cancelWait = after(ms, () => node().lose(session, reason, 1013, reason))
    if (connection) lifetime.suspend(connection, this.lastEnd)
  }

  /** Frames were handled: tells the client now, or together with others. */
  progress() {
    const { session } = this
    const { settings, node } = this.#config
    if (session.saved <= session.told) return
    if (node().isAckUrgent(session)) return this.#acknowledge()
    this.#cancelAck ??= after(settings.ackInterval, () => this.#acknowledge())
  }

  #acknowledge() {
    this.#cancelAck?.()
    this.#cancelAck = undefined
    this.#config.node().acknowledge(this.session)
  }

  /** Resolves with whether the client has acknowledged all that was sent so far. */
  async flush(): Promise<boolean> {
    const { sent, acked } = this.session
    if (acked >= sent || this.session.isEnding) return acked >= sent
    return await new Promise<boolean>((resolve) => this.#flushes.push({ number: sent, resolve }))
  }

  /** The client has acknowledged frames. */
  acknowledged() {
    while (this.#flushes[0] && this.#flushes[0].number <= this.session.acked) this.#flushes.shift()!.resolve(true)
  }

  /** Resolves when all frames that were taken are handled. */
  async whenHandled(): Promise<void> {
    if (this.session.waiting.length > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve))
  }

  #checkIdle() {
    if (this.session.waiting.length > 0) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  /** The session is over. Its frames that were taken are still processed. */
  end(reason: SessionEnd) {
    this.#cancelWait?.()
    this.#cancelAck?.()
    const { lastEnd } = this
    this.#endReason = reason
    this.socket.end(lastEnd.code, lastEnd.reason)
    for (const { resolve } of this.#flushes.splice(0)) resolve(false)
    if (this.connection) this.#drain(reason)
  }

  #drain(reason: SessionEnd) {
    const { frames, connection, lastEnd } = this
    drainConnection({
      lifetime: this.#config.lifetime,
      frames,
      connection,
      code: lastEnd.code,
      reason: () => (reason === 'ended' ? lastEnd.reason : reason),
      onDrained: () => this.#config.onDrained(this),
    })
  }

  /** A queue that knows the numbers of its frames. When it is stopped, those that wait were never taken. */
  #numbered(queue: FrameQueue): FrameQueue {
    return {
      push: (frame) => queue.push(frame),
      accepts: (bytes) => queue.accepts(bytes),
      start: (process) =>
        queue.start((frame) => {
          const { number, isRedelivered } = this.#numbers.shift()!
          return this.handling.run(number, isRedelivered, () => process(frame))
        }),
      charge: (messages) => queue.charge(messages),
      hurry: () => queue.hurry(),
      stop: () => {
        this.#isStopped = true
        queue.stop()
        this.#config.node().untake(this.session, this.#numbers.splice(0).length)
        this.#checkIdle()
      },
      whenIdle: (onIdle) => queue.whenIdle(onIdle),
    }
  }
}
