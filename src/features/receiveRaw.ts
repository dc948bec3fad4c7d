import type { Command } from '../actions/command.js'
import { checkReceive } from '../actions/commandChecks.js'
import { creatorOf, DEFAULT_NAME } from '../actions/creators.js'
import type { ReceiveOptions } from '../actions/listening.js'
import { isFrame, type ReceivedFrame } from '../internal/bytes.js'
import type { CommandAction, ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { receiversOf, type Subscribe } from './receivers.js'

/** What the command carries. */
export interface ReceiveRawPayload {
  /** How many frames may wait to be read. */
  readonly options: ReceiveOptions | undefined
}

/** Passes on the frames of one connection as they arrived, but for pings and answers to the heartbeat. They go on to the codec all the same. */
const framesOf = ({ hooks }: ConnectionContext): Subscribe => {
  const listeners = new Set<(frame: unknown) => void>()
  hooks.attach(order.rawFrames, {
    onFrame: (frame) => {
      // A message of `framed()` comes here after its frame.
      if (isFrame(frame)) for (const push of Array.from(listeners)) push(frame)
      return false
    },
  })
  return (push) => {
    listeners.add(push)
    return () => listeners.delete(push)
  }
}

const run = (context: ConnectionContext, { payload }: CommandAction) =>
  context.part(receiversOf).add(context.part(framesOf), (payload as ReceiveRawPayload).options)

/**
 * Reads the frames of a connection before its codec does: texts, and bytes as an `ArrayBuffer`, in order. The messages are delivered as without it. Pings
 * and answers to the heartbeat are left out, frames of a handshake are not. `name` is that of the connection. `dispatch` returns an async iterator that ends
 * as that of `socketReceive` does. See docs/messages.md.
 *
 * @example
 * for await (const frame of store.dispatch(socketReceiveRaw())) log(frame)
 */
export const socketReceiveRaw = (
  options?: ReceiveOptions,
  name: string = DEFAULT_NAME,
): Command<ReceiveRawPayload, AsyncIterableIterator<ReceivedFrame>> => {
  if (__DEV__) checkReceive(options)
  return creatorOf(name, 'receiveRaw', () => ({ options }), run as never)() as never
}
