import { createDeadline } from '../connection/deadline.js'
import type { Link } from '../connection/hooks.js'
import { isAscii, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import type { Guard } from '../internal/guard.js'
import type { HeartbeatOptions } from '../middleware/options.js'
import type { Pipeline } from '../middleware/feature.js'
import { toRawFrame } from '../middleware/outbound.js'
import { tryDecode } from '../middleware/pipeline.js'
import { createQuestions, type QuestionsContext } from './questions.js'

/** What a heartbeat acts on. */
export interface BeatContext extends QuestionsContext {
  readonly options: HeartbeatOptions
  readonly guard: Guard
  readonly pipeline: Pipeline
  /** The peer was silent past the deadline. `hasAnswered`: it had answered before or, where the heartbeat only listens, sent anything. */
  readonly onMissed: (hasAnswered: boolean) => void
}

/** The heartbeat of one open socket. */
export interface Beat {
  /** A frame arrived, which shows that the peer is there. `message` is what an asynchronous codec decoded. Returns whether it was an answer. */
  readonly onFrame: (frame: ReceivedFrame, message?: unknown) => boolean
  /** Bytes went out, so the peer is there. */
  readonly onDrained: () => void
  /** Asks now, unless a question is under way. */
  readonly probe: () => void
  readonly stop: () => void
}

/** The next question; `undefined` when the app's function throws or does not return a frame: `send` would throw out of a timer. */
const createQuestion = ({ guard, options: { message = 'ping' } }: BeatContext, number: number): Frame | undefined =>
  typeof message === 'function' ? guard('heartbeat.message', () => toRawFrame(message(number))) : (message as Frame)

/** Whether a frame is an answer, or the number of its question. */
export const readAnswer = (
  { guard, options: { reply = 'pong' }, pipeline }: Pick<BeatContext, 'guard' | 'options' | 'pipeline'>,
  frame: ReceivedFrame,
  message?: unknown,
): boolean | number =>
  typeof reply === 'function'
    ? (guard('heartbeat.reply', () => reply(frame, message ?? tryDecode(pipeline, frame))) ?? false)
    : isAscii(frame, reply)

/** A check that runs later than this comes from a thread that was busy or asleep: frames that came meanwhile are handled first. */
const LATE_MS = 50

/** Starts a heartbeat: asks at once, then every `interval`. The clock decides, not the number of timers that ran. */
export const startBeat = (context: BeatContext, link: Pick<Link, 'send' | 'enqueue'>): Beat => {
  const { options } = context
  const onlyListens = options.message === false
  const deadline = createDeadline(link)
  const questions = createQuestions(context)
  let askedAt = 0
  let receivedAt = now()
  let isAlive = false
  let isAsking = false
  let hasAnswered = false
  // Whether a late check may ask once more.
  let hasGrace = true

  const expectFrame = (from: number) => {
    isAlive = false
    deadline.set(from + options.timeout, check)
  }
  const ask = () => {
    askedAt = now()
    if (onlyListens) return expectFrame(askedAt + options.interval)
    const question = createQuestion(context, questions.nextNumber())
    if (question === undefined) return rest()
    isAsking = true
    expectFrame(askedAt)
    questions.add(askedAt)
    link.send(question)
  }
  /** Waits for the next question. Without questions, silence counts from the last frame. */
  const rest = () => {
    isAsking = false
    hasGrace = true
    return onlyListens ? expectFrame(receivedAt + options.interval) : deadline.set(askedAt + options.interval, ask)
  }
  const check = () => {
    if (isAlive && !questions.areIgnored()) return rest()
    if (!hasGrace || now() - deadline.dueAt() <= LATE_MS) return context.onMissed(hasAnswered)
    hasGrace = false
    ask()
  }
  const setAlive = () => {
    isAlive = true
    receivedAt = now()
  }
  ask()
  return {
    onFrame: (frame, message) => {
      setAlive()
      const answer = readAnswer(context, frame, message)
      hasAnswered ||= onlyListens || answer !== false
      if (answer !== false && questions.answer(answer, receivedAt) && isAsking) rest()
      return answer !== false
    },
    onDrained: () => {
      questions.onBacklog()
      setAlive()
    },
    probe: () => isAsking || onlyListens || ask(),
    stop: deadline.clear,
  }
}
