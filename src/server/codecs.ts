import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { isRpcMessage } from './rpc/messages.js'
import type { ServerCodec } from './types.js'

/** Encodes a value. @throws what the codec throws */
export const encodeValue = (codec: ServerCodec, value: unknown): Frame | PromiseLike<Frame> =>
  codec.encode(value as never)

/** Whether a codec serves clients that offer no subprotocol. JSON does, though clients may also ask for it by name. */
const servesWithoutName = ({ subprotocol = 'json' }: ServerCodec): boolean => subprotocol === 'json'

/** Chooses the subprotocol of a connection: the client's first that names a codec. `false` selects none. */
export const chooseSubprotocol = (codecs: readonly ServerCodec[], offered: ReadonlySet<string>): string | false => {
  for (const name of offered) if (codecs.some(({ subprotocol }) => subprotocol === name)) return name
  // A name that is no codec's may be the app's own, or a token: such a client gets the codec that needs no name.
  const [first] = offered
  return first !== undefined && codecs.some(servesWithoutName) ? first : false
}

/** Returns the codec of a connection with this subprotocol. */
export const codecFor = (codecs: readonly ServerCodec[], subprotocol: string): ServerCodec =>
  codecs.find((codec) => codec.subprotocol === subprotocol) ?? codecs.find(servesWithoutName) ?? codecs[0]!

const isRpcIn = (codec: ServerCodec, frame: ReceivedFrame): boolean => {
  try {
    return isRpcMessage(codec.decode(frame))
  } catch {
    return false
  }
}

/**
 * The subprotocol of the codec that a client speaks although it did not offer it: `frame` is JSON-RPC in that codec, and not in the codec of the
 * connection. `undefined` for any other frame.
 */
export const findUnofferedCodec = (
  codecs: readonly ServerCodec[],
  codec: ServerCodec,
  frame: ReceivedFrame,
): string | undefined =>
  isRpcIn(codec, frame) ? undefined : codecs.find((other) => other !== codec && isRpcIn(other, frame))?.subprotocol
