import type { MiddlewareAPI } from '@reduxjs/toolkit'
import type { Frame } from '../internal/bytes.js'
import { createLane, isPending, type Eventual } from '../internal/lane.js'
import type { Wire } from '../socket/types.js'
import type { Guard } from './guard.js'
import type { HandshakeContext, OpenContext, SocketMiddlewareOptions } from './options.js'
import type { Protocol } from './protocol.js'
import type { Translator } from './translate.js'

/** Sends values in their order, and keeps what becomes of those that are still being made. */
const createSender = (wire: Wire, toFrame: Translator['toFrame']) => {
  const lane = createLane((task) => task())
  const sending: Promise<void>[] = []
  const send = (value: unknown): void => {
    const frame = toFrame(value)
    if (!isPending(frame) && !lane.pending()) return wire.send(frame)
    const made = new Promise<Frame>((resolve, reject) => lane.pass(frame, (there) => resolve(there as Frame), reject))
    const sent = made.then(wire.send)
    sending.push(sent)
    // It is heard of at the end of the handshake.
    sent.catch(() => {})
  }
  return { send, sending }
}

/** Runs a handshake, with the engine's frames as the contract's values; ends when all that it sent is on its way. */
export const shakeHands = async (
  handshake: NonNullable<SocketMiddlewareOptions['handshake']>,
  wire: Wire,
  { toFrame, toMessage }: Pick<Translator, 'toFrame' | 'toMessage'>,
  api: MiddlewareAPI,
): Promise<void> => {
  const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
  const { send, sending } = createSender(wire, toFrame)
  const context: HandshakeContext = {
    ...wire,
    dispatch,
    getState,
    send,
    receive: (options) => {
      const message = wire.receive(options).then<unknown>(toMessage)
      // A handshake may not wait for what it asked for.
      message.catch(() => {})
      return message
    },
  }
  await handshake(context)
  await Promise.all(sending)
}

/** Runs a protocol's `resume`; ends, at once when it can, when all that it sent is on its way. Never throws or rejects. */
export const resumeWith = (
  resume: NonNullable<Protocol['resume']>,
  wire: Wire,
  { encode }: Translator,
  guard: Guard,
): Eventual<unknown> => {
  const { send, sending } = createSender(wire, encode)
  guard('"resume" of the protocol', () => resume({ send, reconnected: wire.reconnected }))
  return sending.length ? Promise.allSettled(sending) : undefined
}
