import { sizeOfBytes, type ReceivedFrame } from '../internal/bytes.js'
import { missingFeature, problemOf } from '../internal/errors.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { ConnectionContext, FeatureHooks } from './feature.js'
import type { Pipeline } from './pipeline.js'
import type { Router } from './router.js'

/** Refuses received frames. */
export type FrameGuard = ReturnType<typeof createFrameGuard>

/** Creates the frame guard of one connection. */
export const createFrameGuard = ({ connection, options }: ConnectionContext) => {
  const { maxMessageBytes = 8 * 1024 * 1024 } = options
  /** Reports a frame that reaches neither store nor protocol. */
  const refuse = (frame: ReceivedFrame, error: unknown, code = 'invalid_frame'): void => {
    const problem = problemOf(error, code)
    connection.events.report(typeof frame === 'string' ? { ...problem, excerpt: frame.slice(0, 100) } : problem)
  }
  return {
    refuse,
    /** Reports a frame that is too large. The bytes of a text are counted only when its length leaves that open. */
    isWithinSizeLimit: (frame: ReceivedFrame): boolean => {
      if (typeof frame === 'string' && frame.length * 3 <= maxMessageBytes) return true
      const size = typeof frame === 'string' ? new TextEncoder().encode(frame).length : sizeOfBytes(frame)
      if (size <= maxMessageBytes) return true
      const message = __DEV__
        ? `Expected at most ${maxMessageBytes} bytes in a message ("maxMessageBytes"), got ${size}: it was not parsed.`
        : ''
      refuse(frame, message, 'message_too_large')
      return false
    },
  }
}

/** What the way in is made of; each part hands on to the next one. */
export interface InboundContext {
  readonly pipeline: Pipeline
  readonly hooks: HookLists<FeatureHooks>
  readonly router: Router
  readonly frameGuard: FrameGuard
  readonly taskQueue: TaskQueue
}

/** Creates the way from a received frame to the router, as hooks of the connection. */
export type CreateInbound = (context: InboundContext) => Pick<FeatureHooks, 'receive' | 'onLost' | 'onClosing'>

/** The function that takes a claimed message; `undefined` for a message of the app. */
export const claimOf = (hooks: HookLists<FeatureHooks>, value: unknown) => {
  for (const { call } of hooks.lists.claim ?? noHooks) {
    const take = call(value)
    if (take) return take
  }
  return undefined
}

/** The way in of a synchronous pipeline: frame → size limit → codec → claims → schema → router. */
export const createInbound: CreateInbound = ({ pipeline, hooks, router, frameGuard }) => ({
  receive: (frame: ReceivedFrame) => {
    if (!frameGuard.isWithinSizeLimit(frame)) return
    let message: unknown
    let take
    try {
      message = pipeline.decode(frame)
      take = claimOf(hooks, message)
      if (!take && pipeline.check) message = pipeline.check(message)
      if (isPromiseLike(message)) throw missingFeature('asyncFeature')
    } catch (error) {
      return frameGuard.refuse(frame, error)
    }
    if (take) take(message)
    else router.deliver(message, frame)
  },
})
