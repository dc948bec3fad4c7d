import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { at, now, type Cancel } from '../internal/clock.js'

// The heartbeat of one open socket: it asks at once, then every `interval`. The clock decides, not the number of timers that ran.
//
// An answer does not say which question it belongs to, unless the app numbers them, and a missing answer cannot be told from a late one. So two things
// are kept apart. What has arrived is proven by counting: a question has one answer at most, so n answers prove that the n-th question arrived. Each
// missing answer leaves that proof one question behind, for as long as the socket lives. The latency is certain while no answer is missing; after
// that it is measured again once three questions in a row had exactly one answer each, with no backlog before them.

/** What a heartbeat does, and what it reports. */
export interface BeatEffects {
  /** Creates the n-th question; `undefined` skips this one. */
  readonly question: (number: number) => Frame | undefined
  /** Whether a frame is an answer, or the number of the question that it answers. */
  readonly isAnswer: (frame: ReceivedFrame) => boolean | number
  readonly send: (question: Frame) => void
  /** The number of sends so far. */
  readonly cursor: () => number
  /** The first `cursor` sends have arrived: all before the question, or fewer. */
  readonly confirmUpTo: (cursor: number) => void
  /** The round trip in milliseconds. Not called for an answer that may belong to another question. */
  readonly onLatency: (latency: number) => void
  /** The peer was silent past the deadline. `hasAnswered`: it had answered before or, where the heartbeat only listens, sent anything. */
  readonly onMissed: (hasAnswered: boolean) => void
}

/** When a heartbeat asks. Times are milliseconds. */
export interface BeatTimes {
  readonly interval: number
  readonly timeout: number
  /** Asks nothing: silence of `interval + timeout` is a miss. */
  readonly isListening: boolean
}

/** A question without an answer. */
interface Question {
  readonly number: number
  readonly cursor: number
  readonly askedAt: number
}

/** The state of a heartbeat. */
export interface Beat {
  readonly times: BeatTimes
  readonly effects: BeatEffects
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

const ask = (beat: Beat): void => {
  const { effects, times } = beat
  beat.askedAt = now()
  const question = times.isListening ? undefined : effects.question(beat.asked + 1)
  if (question === undefined && !times.isListening) return rest(beat)
  beat.isAsking = true
  beat.isAlive = false
  beat.inStep = beat.answers === 1 ? beat.inStep + 1 : 0
  beat.answers = 0
  schedule(beat, beat.askedAt + times.timeout + (times.isListening ? times.interval : 0), check)
  if (question === undefined) return
  const number = ++beat.asked
  const cursor = effects.cursor()
  if (beat.unanswered.length < MAX_UNANSWERED) beat.unanswered.push({ number, cursor, askedAt: beat.askedAt })
  effects.send(question)
}

/** Waits for the next question. */
const rest = (beat: Beat): void => {
  beat.isAsking = false
  beat.hasGrace = true
  schedule(beat, beat.askedAt + beat.times.interval, ask)
}

/** Without questions, silence counts from the last frame. */
const listen = (beat: Beat): void => {
  beat.isAlive = false
  beat.hasGrace = true
  schedule(beat, beat.receivedAt + beat.times.interval + beat.times.timeout, check)
}

const check = (beat: Beat): void => {
  if (beat.isAlive) return beat.times.isListening ? listen(beat) : rest(beat)
  if (!beat.hasGrace || now() - beat.dueAt <= LATE_MS) return beat.effects.onMissed(beat.hasAnswered)
  beat.hasGrace = false
  ask(beat)
}

const setAlive = (beat: Beat): void => {
  beat.isAlive = true
  beat.receivedAt = now()
}

/** An answer with a number proves that question, and all before it. */
const onNumberedAnswer = (beat: Beat, number: number): void => {
  const { effects, unanswered } = beat
  const index = unanswered.findIndex((question) => question.number === number)
  const [question] = index < 0 ? [] : unanswered.splice(0, index + 1).slice(-1)
  if (!question) return
  effects.confirmUpTo(question.cursor)
  effects.onLatency(beat.receivedAt - question.askedAt)
  if (beat.isAsking && !unanswered.length) rest(beat)
}

/** An answer without a number belongs to the oldest question or a later one. */
const onAnswer = (beat: Beat): void => {
  const { effects, unanswered } = beat
  const oldest = unanswered.shift()
  if (!oldest) return
  beat.answers++
  effects.confirmUpTo(oldest.cursor)
  const isForLast = !unanswered.length || (beat.answers === 1 && beat.inStep >= IN_STEP - 1)
  if (!isForLast) return
  effects.onLatency(beat.receivedAt - beat.askedAt)
  if (beat.isAsking) rest(beat)
}

/** A frame arrived, which shows that the peer is there. Returns whether it was an answer. */
export const onBeatFrame = (beat: Beat, frame: ReceivedFrame): boolean => {
  setAlive(beat)
  if (beat.times.isListening) beat.hasAnswered = true
  const answer = beat.effects.isAnswer(frame)
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
  if (!beat.isAsking && !beat.times.isListening) ask(beat)
}

/** Starts a heartbeat. */
export const startBeat = (times: BeatTimes, effects: BeatEffects): Beat => {
  const beat: Beat = {
    times,
    effects,
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
