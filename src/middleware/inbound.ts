import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { missingFeature, problemOf } from '../internal/errors.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import { ignoreRejection } from '../internal/maybePromise.js'
import { isMessages, messagesIn } from '../internal/messages.js'
import type { ConnectionContext, CreateInbound, FeatureHooks } from './feature.js'

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
  // Not `<=`: messages of a frame that was read in part have no size.
  if (!(size > maxMessageBytes)) return true
  const message = __DEV__
    ? `Expected at most ${maxMessageBytes} bytes in a message ("maxMessageBytes"), got ${size}. The message was not parsed.`
    : ''
  refuseFrame(context, frame, message, 'message_too_large')
  return false
}

/** The function that takes a claimed message; `undefined` for a message of the app. */
export const claimOf = (hooks: HookLists<FeatureHooks>, message: unknown): ((message: unknown) => void) | undefined => {
  for (const claim of hooks.lists.claim ?? noHooks) {
    const take = claim(message)
    if (take) return take
  }
  return undefined
}

/** The inbound step of a synchronous pipeline: frame → size limit → codec → claims → schema → store. */
export const createInbound: CreateInbound = (context, deliver) => ({
  receive: (frame) => {
    if (!isWithinSizeLimit(context, frame)) return
    const { hooks, pipeline } = context
    try {
      for (const decoded of messagesIn(isMessages(frame) ? frame : pipeline.decode(frame))) {
        const take = claimOf(hooks, decoded)
        const message = take || !pipeline.check ? decoded : pipeline.check(decoded)
        if (ignoreRejection(message)) throw missingFeature('asyncFeature')
        if (take) take(message)
        else deliver(message, frame)
      }
    } catch (error) {
      refuseFrame(context, frame, error)
    }
  },
})
