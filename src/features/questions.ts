import type { UnconfirmedSends } from '../connection/writer.js'

// The questions of a heartbeat that have no answer yet, and what an answer shows.
//
// An answer does not say which question it belongs to, unless the app numbers them, and a missing answer cannot be told from a late one. So two things
// are kept apart. What has arrived is proven by counting: a question has one answer at most, so n answers prove that the n-th question arrived. Each
// missing answer leaves that proof one question behind, for as long as the socket lives. The latency is certain while no answer is missing; after
// that it is measured again once three questions in a row had exactly one answer each, with no backlog before them.

/** What a question needs to know of the sends, and where the latency goes. */
export interface QuestionsContext {
  readonly sends: Pick<UnconfirmedSends, 'sent' | 'confirmed'>
  /** Gets the round trip in milliseconds. Not called for an answer that may belong to another question. */
  readonly onLatency: (latency: number) => void
  /** What is known of the peer from all sockets of the connection. */
  readonly peer: { hasAnswered?: boolean }
}

/** The questions on one socket. Times are milliseconds since the epoch. */
export interface Questions {
  /** The number of the next question; 1 is the first. */
  readonly nextNumber: () => number
  /** A question is asked. */
  readonly add: (time: number) => void
  /** An answer arrived, with the number of its question or `true`. Returns whether it is certain to answer the last question. */
  readonly answer: (reply: true | number, time: number) => boolean
  /** The last question may wait behind a backlog: an answer that comes may be for an earlier one. */
  readonly onBacklog: () => void
  /** Whether a peer that used to answer has ignored several questions in a row: the way to us may work, and that from us not. */
  readonly areIgnored: () => boolean
}

/** Unanswered questions that are kept, for a server that never answers. Answers to later ones prove less, never too much. */
const MAX_UNANSWERED = 1_000

/** The questions in a row that a peer may ignore while it sends other frames. */
const MAX_IGNORED = 5

/** After an answer was missing: questions in a row with one answer each, until the latency is measured again. */
const IN_STEP = 3

/** Creates the questions of one socket. */
export const createQuestions = ({ sends, onLatency, peer }: QuestionsContext): Questions => {
  /** The oldest first. */
  const unanswered: { readonly number: number; readonly sent: number; readonly askedAt: number }[] = []
  let asked = 0
  let askedAt = 0
  // Answers since the last question, and questions in a row before it that had exactly one answer and no backlog before them.
  let answers = 0
  let inStep = 0
  let ignored = 0
  return {
    nextNumber: () => asked + 1,
    add: (time) => {
      askedAt = time
      inStep = answers === 1 ? inStep + 1 : 0
      answers = 0
      asked++
      ignored++
      if (unanswered.length < MAX_UNANSWERED) unanswered.push({ number: asked, sent: sends.sent, askedAt })
    },
    answer: (reply, time) => {
      // One without a number proves the oldest question at least, one with a number all up to that question.
      const index = reply === true ? 0 : unanswered.findIndex(({ number }) => number === reply)
      const question = unanswered.splice(0, index + 1).at(-1)
      if (!question) return false
      peer.hasAnswered = true
      ignored = 0
      answers++
      sends.confirmed = question.sent
      const isForLast = !unanswered.length || (reply === true && answers === 1 && inStep >= IN_STEP - 1)
      if (isForLast) onLatency(time - askedAt)
      else if (reply !== true) onLatency(time - question.askedAt)
      return isForLast
    },
    onBacklog: () => {
      inStep = -1
      ignored = 0
    },
    areIgnored: () => peer.hasAnswered === true && ignored > MAX_IGNORED,
  }
}
