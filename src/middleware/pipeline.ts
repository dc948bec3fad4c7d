import type { Codec } from '../codec/types.js'
import { isBytes, isFrame, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError, missingFeature, show } from '../internal/errors.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { CreateInbound } from './inbound.js'
import { isPlainData, type Bytes } from './plainData.js'

/** Values to frames and back. Every function may throw; without an async feature none returns a promise. */
export interface Pipeline {
  /** value → codec → frame, past the schema. */
  readonly encode: (value: unknown) => MaybePromise<Frame>
  /** value → schema → codec → frame. */
  readonly toFrame: (value: unknown) => MaybePromise<Frame>
  /** frame → codec → value, past the schema. */
  readonly decode: (frame: ReceivedFrame) => MaybePromise<unknown>
  /** decoded value → schema → message. */
  readonly check?: ((value: unknown) => MaybePromise<unknown>) | undefined
  /** frame → codec → schema → message. */
  readonly toMessage: (frame: ReceivedFrame) => MaybePromise<unknown>
  /** Whether `toMessage` makes plain data of every text frame. */
  readonly isPlain: () => boolean
  /** A value as plain data; `toHandle` replaces bytes. Throws for a value that is circular. */
  readonly toPlain: (value: unknown, toHandle: (bytes: Bytes) => unknown) => unknown
  /** What stands for received bytes in an action. */
  readonly keepBytes: (bytes: Bytes) => unknown
  /** Whether any text is a message of the app, so that a bare `ping` may be data. */
  readonly isPlainText: boolean
  /** Whether the codec may change with the socket: what waits is then encoded again. */
  readonly mayChange: boolean
  /** Takes received frames through `decode`, claims and `check`, in order. */
  readonly createInbound?: CreateInbound
}

/** The codec gave a frame; a promise needs `asyncFeature`. */
export const checkedFrame = (frame: unknown): Frame => {
  if (isFrame(frame)) return frame
  if (isPromiseLike(frame)) throw missingFeature('asyncFeature')
  throw codedError(
    'encode_failed',
    __DEV__ ? `The codec's encode gave ${show(frame)}, expected a string or bytes.` : '',
  )
}

/** The pipeline of a codec that is synchronous. */
export const createPipeline = (codec: Codec): Pipeline => {
  const encode = (value: unknown) => checkedFrame(codec.encode(value))
  return {
    encode,
    decode: codec.decode,
    toFrame: encode,
    toMessage: codec.decode,
    isPlain: () => codec.isPlain === true,
    toPlain: (value, toHandle) =>
      isPlainData(value) ? value : isBytes(value) ? toHandle(value) : (JSON.parse(JSON.stringify(value)) as unknown),
    keepBytes: () => {
      throw missingFeature('binaryFeature')
    },
    isPlainText: codec.plainText === true,
    mayChange: false,
  }
}
