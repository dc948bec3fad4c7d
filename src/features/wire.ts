import type { MiddlewareAPI } from '@reduxjs/toolkit'
import type { Link } from '../connection/hooks.js'
import type { Frame } from '../internal/bytes.js'
import { createAsyncSequencer } from '../internal/asyncSequencer.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { ConnectionContext } from '../middleware/feature.js'
import type { OpenContext } from '../middleware/options.js'
import type { Pipeline } from '../middleware/pipeline.js'
import { earlyFrames } from './earlyFrames.js'

/** How a before-ready step sends and receives values. */
export interface ValueCodec {
  readonly toFrame: Pipeline['toFrame']
  readonly toMessage: Pipeline['toMessage']
}

/** Sends values in order, past the queue. `sending` are those whose frame is still being made. */
export const createValueSender = (link: Link, toFrame: Pipeline['toFrame']) => {
  const sequence = createAsyncSequencer((task) => task())
  const sending: Promise<void>[] = []
  const send = (value: unknown): void => {
    const frame = toFrame(value)
    if (!isPromiseLike(frame) && !sequence.pending()) return link.send(frame)
    const made = new Promise<Frame>((resolve, reject) =>
      sequence.push(frame, (there) => resolve(there as Frame), reject),
    )
    const sent = made.then(link.send)
    sending.push(sent)
    // A rejection is reported at the end of the step.
    sent.catch(() => {})
  }
  return { send, sending }
}

/** What a handshake is given. */
export const createWire = (context: ConnectionContext, link: Link, { toFrame, toMessage }: ValueCodec) => {
  const { dispatch, getState } = context.store.api as MiddlewareAPI as Pick<OpenContext, 'dispatch' | 'getState'>
  const frames = context.part(earlyFrames)
  const { send, sending } = createValueSender(link, toFrame)
  const wire = {
    dispatch,
    getState,
    send,
    reconnected: link.reconnected,
    signal: link.signal,
    receive: (options?: { readonly signal?: AbortSignal | undefined }): Promise<unknown> => {
      const message = frames.receive(options).then((frame): MaybePromise<unknown> => toMessage(frame))
      // A handshake may ignore what it asked for.
      message.catch(() => {})
      return message
    },
  }
  return { wire, sending }
}

/** Runs a handshake; ends when everything that it sent is on its way. */
export const shakeHands = async <Wire>(
  handshake: (wire: Wire) => unknown,
  context: ConnectionContext,
  link: Link,
  codec: ValueCodec,
): Promise<void> => {
  const { wire, sending } = createWire(context, link, codec)
  await handshake(wire as Wire)
  await Promise.all(sending)
}
