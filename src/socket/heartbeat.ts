import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { at, now, type Cancel } from '../internal/clock.js'

/** How a dead connection is noticed. Times are milliseconds. */
export interface HeartbeatOptions {
  /** How often we ask. */
  readonly interval: number
  /** How long the answer may take, counted from our question. */
  readonly timeout: number
  /**
   * What we ask with, as it goes on the wire; `false` only listens, for a server that pings by itself: silence of `interval + timeout` is then a
   * miss. @default 'ping'
   */
  readonly message?: Frame | false
  /** What is an answer: a text, or a function of the frame. Answers are seen by nobody else. @default 'pong' */
  readonly isReply?: string | ((frame: ReceivedFrame) => boolean)
}

/** What a heartbeat does to its socket and tells of it. */
export interface HeartbeatHooks {
  readonly send: (message: Frame) => void
  /** A place in what has been sent, to be given back to `proven`. */
  readonly mark: () => number
  /** An answer came: all that was sent before its question has arrived. */
  readonly proven: (mark: number) => void
  /** How long the answer to the last question took. */
  readonly measured: (latency: number) => void
  /** Silence past the deadline; whether the peer had ever answered or, where we only listen, said anything. */
  readonly missed: (hasAnswered: boolean) => void
}

/** The heartbeat of one open socket. */
export interface Heartbeat {
  /** A frame came: proof of life. Whether it was an answer. */
  readonly hear: (frame: ReceivedFrame) => boolean
  /** Bytes went out to the peer: it is there. */
  readonly live: () => void
  /** Asks now, unless it has asked already. */
  readonly probe: () => void
  readonly stop: () => void
}

/** Unanswered questions that are remembered; of further ones only their number is. */
const MAX_ASKED = 16

/** A judgement that is later than this comes from a thread that was busy or asleep: what came meanwhile is heard first. */
const LATE_MS = 50

/** Starts a heartbeat: it asks at once, then every `interval`. The clock decides, not the number of ticks. */
export const startHeartbeat = (options: HeartbeatOptions, hooks: HeartbeatHooks): Heartbeat => {
  const { interval, timeout, message = 'ping', isReply = 'pong' } = options
  const answers = typeof isReply === 'function' ? isReply : (frame: ReceivedFrame) => frame === isReply
  const patience = message === false ? interval + timeout : timeout
  const asked: { readonly at: number; readonly mark: number }[] = []
  let forgotten = 0
  let askedAt = 0
  let dueAt = 0
  let isAlive = true
  let isAsking = false
  let hasAnswered = false
  let hasGrace = true
  let cancel: Cancel = () => {}

  const schedule = (time: number, task: () => void) => {
    cancel()
    dueAt = time
    cancel = at(time, task)
  }
  const ask = () => {
    isAsking = true
    isAlive = false
    askedAt = now()
    if (message !== false) {
      // Answers come in the order of the questions: one that is forgotten still has its turn.
      if (asked.length < MAX_ASKED && !forgotten) asked.push({ at: askedAt, mark: hooks.mark() })
      else forgotten++
    }
    schedule(askedAt + patience, judge)
    if (message !== false) hooks.send(message)
  }
  const rest = () => {
    isAsking = false
    hasGrace = true
    schedule(askedAt + interval, ask)
  }
  const judge = () => {
    if (isAlive) return message === false ? listen() : rest()
    if (!hasGrace || now() - dueAt <= LATE_MS) return hooks.missed(hasAnswered)
    hasGrace = false
    ask()
  }
  /** Without questions, silence counts from the last frame. */
  let heardAt = now()
  const listen = () => {
    isAlive = false
    hasGrace = true
    schedule(heardAt + patience, judge)
  }
  ask()

  const live = () => {
    isAlive = true
    heardAt = now()
  }
  return {
    live,
    hear: (frame) => {
      live()
      if (message === false) hasAnswered = true
      if (!answers(frame)) return false
      hasAnswered = true
      const question = asked.shift()
      if (question) hooks.proven(question.mark)
      else if (forgotten) forgotten--
      if (!question || asked.length || forgotten) return true
      hooks.measured(heardAt - question.at)
      if (isAsking) rest()
      return true
    },
    probe: () => {
      if (!isAsking && message !== false) ask()
    },
    stop: () => cancel(),
  }
}
