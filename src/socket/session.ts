import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { messageOf, SocketFailure, type Problem } from '../internal/errors.js'
import { isPending } from '../internal/lane.js'
import type { Turns } from '../internal/turns.js'
import type { Attempt } from './attempt.js'
import { createHandshakeFrames } from './handshake.js'
import { startHeartbeat, type Heartbeat, type HeartbeatOptions } from './heartbeat.js'
import { watchIdle, type Idle } from './idle.js'
import type { Sending } from './sending.js'
import type { SocketConfig } from './types.js'

/** What a session tells, until it is ended. */
export interface SessionListener {
  /** The handshake is done: messages may go out. */
  readonly ready: () => void
  /** The handshake threw, or left too much unread. */
  readonly failed: (problem: Problem) => void
  /** A message for the store. */
  readonly message: (frame: ReceivedFrame) => void
  /** The peer is silent past the heartbeat's deadline; whether it had ever answered. */
  readonly missed: (hasAnswered: boolean) => void
  /** There was no traffic for the idle timeout. */
  readonly idle: () => void
}

/** One open socket from its open to its end: handshake, then messages under the watch of heartbeat and idle timer. */
export interface Session {
  /** Shakes hands, or is ready at once. */
  readonly begin: (reconnected: boolean) => void
  /** A frame came: for the ping, the heartbeat, the handshake or the store. */
  readonly hear: (frame: ReceivedFrame) => void
  /** Something was sent. */
  readonly touch: () => void
  /** Bytes went out. */
  readonly drained: () => void
  /** Asks the peer now whether it is there. */
  readonly probe: () => void
  readonly end: () => void
}

/** Only a SocketFailure is terminal, whatever other errors call themselves. */
const failureOf = (error: unknown): Problem => ({
  code: error instanceof SocketFailure ? error.code : 'handshake_failed',
  message: messageOf(error),
})

type Config = Pick<
  SocketConfig,
  'admits' | 'guard' | 'handshake' | 'heartbeat' | 'idleTimeout' | 'isBusy' | 'ping' | 'resume'
>

/** Creates the session of an attempt whose socket is open. */
export const createSession = (
  { admits, guard, handshake, heartbeat: beat, idleTimeout, isBusy, ping, resume }: Config,
  turns: Turns,
  attempt: Attempt,
  sending: Sending,
  listener: SessionListener,
): Session => {
  const frames = createHandshakeFrames()
  const abort = new AbortController()
  let isReady = false
  let hasEnded = false
  let heartbeat: Heartbeat | undefined
  let idle: Idle | undefined

  const inTurn = (task: () => void) => turns.queue(() => hasEnded || task())
  const sendRaw = (frame: Frame) => attempt.native()?.send(frame)

  const ready = () => {
    isReady = true
    // Before anybody hears of it: what they would read is the store's.
    const unread = frames.finish()
    listener.ready()
    if (hasEnded) return
    idle = watchIdle(idleTimeout, () => inTurn(listener.idle), isBusy)
    heartbeat = beat ? startHeartbeat({ ...beat, ...guarded(beat) }, heartbeatHooks) : undefined
    for (const frame of unread) listener.message(frame)
  }
  const guarded = ({ isReply }: HeartbeatOptions) =>
    typeof isReply === 'function'
      ? { isReply: (frame: ReceivedFrame) => guard('"heartbeat.isReply"', () => isReply(frame)) ?? false }
      : undefined
  const heartbeatHooks = {
    send: sendRaw,
    mark: sending.mark,
    proven: sending.proven,
    measured: (latency: number) => sending.note({ latency }),
    missed: (hasAnswered: boolean) => inTurn(() => listener.missed(hasAnswered)),
  }

  return {
    begin: (reconnected) => {
      const wire = { send: sendRaw, receive: frames.receive, reconnected, signal: abort.signal }
      const greeted = () => {
        const resuming = resume?.(wire)
        if (isPending(resuming)) void resuming.then(() => inTurn(ready))
        else ready()
      }
      if (!handshake) return greeted()
      void handshake(wire).then(
        () => inTurn(greeted),
        (error: unknown) => inTurn(() => listener.failed(failureOf(error))),
      )
    },
    hear: (frame) => {
      if (heartbeat?.hear(frame)) return
      idle?.touch()
      if (ping && frame === ping.request) sendRaw(ping.reply)
      else if (isReady) listener.message(frame)
      else if (admits(frame) && !frames.push(frame)) {
        const message = 'The handshake left too much unread: more than 1000 messages, or more than 8 MiB.'
        listener.failed({ code: 'handshake_failed', message })
      }
    },
    touch: () => idle?.touch(),
    drained: () => {
      idle?.touch()
      heartbeat?.live()
    },
    probe: () => heartbeat?.probe(),
    end: () => {
      hasEnded = true
      abort.abort()
      idle?.stop()
      heartbeat?.stop()
      frames.end()
    },
  }
}
