import type { Link } from '../connection/hooks.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { ConnectionContext, Pipeline } from '../middleware/feature.js'
import { earlyFrames } from './earlyFrames.js'
import { stepScope } from './stepScope.js'

/** How a step between open and ready converts values. */
export interface ValueCodec {
  readonly toFrame: Pipeline['toFrame']
  readonly toMessage: Pipeline['toMessage']
}

/** Sends values in order, past the queue. */
export interface ValueSender {
  readonly send: (value: unknown) => void
  /** One promise for each value whose frame was encoded asynchronously. */
  readonly sending: Promise<void>[]
}

/** Creates the sender of one step. */
export const createValueSender = (link: Link, toFrame: Pipeline['toFrame']): ValueSender => {
  const sending: Promise<void>[] = []
  let last: Promise<void> | undefined
  const send = (value: unknown): void => {
    const frame = toFrame(value)
    if (!isPromiseLike(frame) && !last) return link.send(frame)
    const before = last
    const sent = Promise.resolve(frame).then(async (ready) => {
      await before
      link.send(ready)
    })
    sending.push(sent)
    // A rejection is reported at the end of the step.
    last = sent.catch(() => {})
  }
  return { send, sending }
}

/** Runs a handshake. Resolves when everything that it sent was passed to the socket. */
export const runHandshake = async (
  handshake: (wire: never) => unknown,
  context: ConnectionContext,
  link: Link,
  { toFrame, toMessage }: ValueCodec,
): Promise<void> => {
  const frames = context.part(earlyFrames)
  const { send, sending } = createValueSender(link, toFrame)
  const wire = context.store.contextWith({
    send,
    reconnected: link.reconnected,
    signal: link.signal,
    receive: (options?: { readonly signal?: AbortSignal | undefined }): Promise<unknown> => {
      const message = frames.receive(options).then((frame): MaybePromise<unknown> => toMessage(frame))
      // A handshake may ignore what it asked for.
      message.catch(() => {})
      return message
    },
  })
  const { dispatch } = wire
  const scope = context.part(stepScope)
  let isOver = false
  const dispatchInStep = (action: never) => {
    scope.link = isOver || link.signal.aborted ? undefined : link
    try {
      return dispatch(action)
    } finally {
      scope.link = undefined
    }
  }
  await handshake(Object.assign(wire, { dispatch: dispatchInStep }) as never)
  isOver = true
  await Promise.all(sending)
}
