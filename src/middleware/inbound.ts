import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { missingFeature, problemOf } from '../internal/errors.js'
import { ignoreRejection } from '../internal/maybePromise.js'
import type { ConnectionContext, CreateInbound } from './feature.js'

/** Reports a frame that reaches neither the store nor a protocol. */
export const refuseFrame = (
  { connection }: ConnectionContext,
  frame: ReceivedFrame,
  error: unknown,
  code = 'invalid_frame',
): void => {
  const problem = problemOf(error, code)
  connection.events.report(typeof frame === 'string' ? { ...problem, excerpt: frame.slice(0, 100) } : problem)
}

/** Whether a frame is within `maxMessageBytes`. One that is not is reported. */
export const isWithinSizeLimit = (context: ConnectionContext, frame: ReceivedFrame): boolean => {
  const { maxMessageBytes = 8_388_608 } = context.options
  // A character takes at most three bytes: most texts need no counting.
  if (typeof frame === 'string' && frame.length * 3 <= maxMessageBytes) return true
  const size = byteLength(frame)
  if (size <= maxMessageBytes) return true
  const message = __DEV__
    ? `Expected at most ${maxMessageBytes} bytes in a message ("maxMessageBytes"), got ${size}. The message was not parsed.`
    : ''
  refuseFrame(context, frame, message, 'message_too_large')
  return false
}

/** The function that takes a claimed message; `undefined` for a message of the app. A frame without a message is claimed by nobody and goes nowhere. */
export const claimOf = (
  { connection: { sends }, hooks }: ConnectionContext,
  message: unknown,
): ((message: unknown) => void) | undefined => {
  if (message === undefined) return () => {}
  // Not for a ping or a keep-alive: these do not show that the server accepts what was sent.
  if (!sends.isProven) sends.confirmed = sends.cursor
  for (const claim of hooks.list('claim')) {
    const take = claim(message)
    if (take) return take
  }
  return undefined
}

/** The inbound step of a synchronous pipeline: frame → size limit → codec → claims → schema → store. */
export const createInbound: CreateInbound = (context, deliver) => ({
  receive: (frame) => {
    if (!isWithinSizeLimit(context, frame)) return
    const { pipeline } = context
    let message: unknown
    let take
    try {
      message = pipeline.decode(frame)
      take = claimOf(context, message)
      if (!take && pipeline.check) message = pipeline.check(message)
      if (ignoreRejection(message)) throw missingFeature('asyncFeature')
    } catch (error) {
      return refuseFrame(context, frame, error)
    }
    if (take) take(message)
    else deliver(message, frame)
  },
})
