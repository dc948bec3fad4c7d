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
  /** An answer came: all that was sent before `mark` has arrived. That may be less than what came before its question, never more. */
  readonly proven: (mark: number) => void
  /** How long the answer to the last question took; not called for an answer that may be another's. */
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

/** Unanswered questions that are told apart; further ones count as the last of these. */
const MAX_ASKED = 16

/** Once an answer is missing: with so many questions in a row that have just one each, it is taken for theirs again. */
const IN_STEP = 3

/** A judgement that is later than this comes from a thread that was busy or asleep: what came meanwhile is heard first. */
const LATE_MS = 50

/**
 * Starts a heartbeat: it asks at once, then every `interval`. The clock decides, not the number of ticks.
 *
 * Answers do not say which question they are for, and an answer that is missing cannot be told from one that is late, however late. So two things
 * are kept apart. What has arrived is proven by counting alone: a question has one answer at most, so n answers prove that the n-th question came.
 * Every answer that is missing leaves that proof one question behind, for as long as the socket lives. The latency is certain while no answer is
 * missing; afterwards it is taken up again on the evidence of three questions in a row that had exactly one answer each, with no backlog before them.
 */
export const startHeartbeat = (options: HeartbeatOptions, hooks: HeartbeatHooks): Heartbeat => {
  const { interval, timeout, message = 'ping', isReply = 'pong' } = options
  const isAnswer = typeof isReply === 'function' ? isReply : (frame: ReceivedFrame) => frame === isReply
  const patience = message === false ? interval + timeout : timeout
  /** The questions without an answer, in runs that share the mark of their first. */
  const asked: { readonly mark: number; count: number }[] = []
  /** The answers since the last question. */
  let answers = 0
  /** How many questions in a row, before the last, had just one, and no backlog before them. */
  let inStep = 0
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
    inStep = answers === 1 ? inStep + 1 : 0
    answers = 0
    if (message !== false) remember()
    schedule(askedAt + patience, judge)
    if (message !== false) hooks.send(message)
  }
  const remember = () => {
    const last = asked[MAX_ASKED - 1]
    if (last) last.count++
    else asked.push({ mark: hooks.mark(), count: 1 })
  }
  /** An answer came, to the oldest question or a later one. */
  const count = (oldest: (typeof asked)[number]) => {
    answers++
    oldest.count--
    if (!oldest.count) asked.shift()
    hooks.proven(oldest.mark)
  }
  const isForTheLast = () => !asked.length || (answers === 1 && inStep >= IN_STEP - 1)
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
    live: () => {
      // The last question may stand behind them, and what comes answer an earlier one: it does not count.
      inStep = -1
      live()
    },
    hear: (frame) => {
      live()
      if (message === false) hasAnswered = true
      if (!isAnswer(frame)) return false
      hasAnswered = true
      const [oldest] = asked
      if (!oldest) return true
      count(oldest)
      if (!isForTheLast()) return true
      hooks.measured(heardAt - askedAt)
      if (isAsking) rest()
      return true
    },
    probe: () => {
      if (!isAsking && message !== false) ask()
    },
    stop: () => cancel(),
  }
}
