import type { Link } from '../connection/hooks.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { at, now, type Cancel } from '../internal/clock.js'
import type { Guard } from '../internal/guard.js'
import type { HeartbeatOptions } from '../middleware/options.js'
import type { UnconfirmedSends } from './unconfirmedSends.js'

// The heartbeat of one open socket: it asks at once, then every `interval`. The clock decides, not the number of timers that ran.
//
// An answer does not say which question it belongs to, unless the app numbers them, and a missing answer cannot be told from a late one. So two things
// are kept apart. What has arrived is proven by counting: a question has one answer at most, so n answers prove that the n-th question arrived. Each
// missing answer leaves that proof one question behind, for as long as the socket lives. The latency is certain while no answer is missing; after
// that it is measured again once three questions in a row had exactly one answer each, with no backlog before them.

/** What a heartbeat acts on. */
export interface BeatContext {
  readonly options: HeartbeatOptions
  readonly guard: Guard
  readonly sends: Pick<UnconfirmedSends, 'cursor' | 'confirmUpTo'>
  /** Gets the round trip in milliseconds. Not called for an answer that may belong to another question. */
  readonly onLatency: (latency: number) => void
  /** The peer was silent past the deadline. `hasAnswered`: it had answered before or, where the heartbeat only listens, sent anything. */
  readonly onMissed: (hasAnswered: boolean) => void
}

/** A question without an answer. */
interface Question {
  readonly number: number
  readonly cursor: number
  readonly askedAt: number
}

/** The state of a heartbeat. */
export interface Beat {
  readonly context: BeatContext
  readonly link: Pick<Link, 'send'>
  /** The oldest first. */
  readonly unanswered: Question[]
  /** The number of the last question. */
  asked: number
  askedAt: number
  /** When the last frame arrived. */
  receivedAt: number
  /** Answers since the last question. */
  answers: number
  /** How many questions in a row, before the last, had exactly one answer and no backlog before them. */
  inStep: number
  dueAt: number
  isAlive: boolean
  isAsking: boolean
  hasAnswered: boolean
  /** Whether a late check may ask once more. */
  hasGrace: boolean
  cancel: Cancel
}

/** Unanswered questions that are kept, for a server that never answers. Answers to later ones prove less, never too much. */
const MAX_UNANSWERED = 1_000

/** After an answer was missing: questions in a row with one answer each, until the latency is measured again. */
const IN_STEP = 3

/** A check that runs later than this comes from a thread that was busy or asleep: frames that came meanwhile are handled first. */
const LATE_MS = 50

const schedule = (beat: Beat, time: number, task: (beat: Beat) => void): void => {
  beat.cancel()
  beat.dueAt = time
  beat.cancel = at(time, () => task(beat))
}

const isListening = ({ context }: Beat): boolean => context.options.message === false

/** The next question; `undefined` when the app's function throws. */
const createQuestion = ({ asked, context: { guard, options } }: Beat): Frame | undefined => {
  const { message = 'ping' } = options
  return typeof message === 'function' ? guard('heartbeat.message', () => message(asked + 1)) : (message as Frame)
}

const ask = (beat: Beat): void => {
  const { context, link, unanswered } = beat
  const { interval, timeout } = context.options
  const onlyListens = isListening(beat)
  const askedAt = (beat.askedAt = now())
  const question = onlyListens ? undefined : createQuestion(beat)
  if (question === undefined && !onlyListens) return rest(beat)
  beat.isAsking = true
  beat.isAlive = false
  beat.inStep = beat.answers === 1 ? beat.inStep + 1 : 0
  beat.answers = 0
  schedule(beat, askedAt + timeout + (onlyListens ? interval : 0), check)
  if (question === undefined) return
  const number = ++beat.asked
  if (unanswered.length < MAX_UNANSWERED) unanswered.push({ number, cursor: context.sends.cursor(), askedAt })
  link.send(question)
}

/** Waits for the next question. */
const rest = (beat: Beat): void => {
  beat.isAsking = false
  beat.hasGrace = true
  schedule(beat, beat.askedAt + beat.context.options.interval, ask)
}

/** Without questions, silence counts from the last frame. */
const listen = (beat: Beat): void => {
  beat.isAlive = false
  beat.hasGrace = true
  const { interval, timeout } = beat.context.options
  schedule(beat, beat.receivedAt + interval + timeout, check)
}

const check = (beat: Beat): void => {
  if (beat.isAlive) return isListening(beat) ? listen(beat) : rest(beat)
  if (!beat.hasGrace || now() - beat.dueAt <= LATE_MS) return beat.context.onMissed(beat.hasAnswered)
  beat.hasGrace = false
  ask(beat)
}

const setAlive = (beat: Beat): void => {
  beat.isAlive = true
  beat.receivedAt = now()
}

/** An answer with a number proves that question, and all before it. */
const onNumberedAnswer = (beat: Beat, number: number): void => {
  const { context, unanswered } = beat
  const index = unanswered.findIndex((question) => question.number === number)
  const [question] = index < 0 ? [] : unanswered.splice(0, index + 1).slice(-1)
  if (!question) return
  context.sends.confirmUpTo(question.cursor)
  context.onLatency(beat.receivedAt - question.askedAt)
  if (beat.isAsking && !unanswered.length) rest(beat)
}

/** An answer without a number belongs to the oldest question or a later one. */
const onAnswer = (beat: Beat): void => {
  const { context, unanswered } = beat
  const oldest = unanswered.shift()
  if (!oldest) return
  beat.answers++
  context.sends.confirmUpTo(oldest.cursor)
  const isForLast = !unanswered.length || (beat.answers === 1 && beat.inStep >= IN_STEP - 1)
  if (!isForLast) return
  context.onLatency(beat.receivedAt - beat.askedAt)
  if (beat.isAsking) rest(beat)
}

/** A frame arrived, which shows that the peer is there. Returns whether it was an answer. */
export const onBeatFrame = (beat: Beat, frame: ReceivedFrame): boolean => {
  const { guard, options } = beat.context
  const { reply = 'pong' } = options
  setAlive(beat)
  if (isListening(beat)) beat.hasAnswered = true
  const answer = typeof reply === 'function' ? (guard('heartbeat.reply', () => reply(frame)) ?? false) : frame === reply
  if (answer === false) return false
  beat.hasAnswered = true
  if (answer === true) onAnswer(beat)
  else onNumberedAnswer(beat, answer)
  return true
}

/** Bytes went out, so the peer is there. The last question may wait behind them: an answer that comes may be for an earlier one. */
export const onBeatDrained = (beat: Beat): void => {
  beat.inStep = -1
  setAlive(beat)
}

/** Asks now, unless a question is under way. */
export const probe = (beat: Beat): void => {
  if (!beat.isAsking && !isListening(beat)) ask(beat)
}

/** Starts a heartbeat. */
export const startBeat = (context: BeatContext, link: Pick<Link, 'send'>): Beat => {
  const beat: Beat = {
    context,
    link,
    unanswered: [],
    asked: 0,
    askedAt: 0,
    receivedAt: now(),
    answers: 0,
    inStep: 0,
    dueAt: 0,
    isAlive: true,
    isAsking: false,
    hasAnswered: false,
    hasGrace: true,
    cancel: () => {},
  }
  ask(beat)
  return beat
}
