import type { Codec } from '../codec/types.js'
import { isBytes, isFrame, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError, missingFeature, show } from '../internal/errors.js'
import { ignoreRejection } from '../internal/maybePromise.js'
import { isPlainData } from '../internal/plainData.js'
import type { Pipeline } from './feature.js'

/** What a codec returned, when it is a frame. */
export const toFrame = (encoded: unknown): Frame => {
  if (isFrame(encoded)) return encoded
  if (ignoreRejection(encoded)) throw missingFeature('asyncFeature')
  throw codedError(
    'encode_failed',
    __DEV__ ? `Expected the codec's encode to return a string or bytes, got ${show(encoded)}.` : '',
  )
}

/** What a frame holds, for a callback that looks at each frame. `undefined` when it cannot be decoded, or only later. */
export const tryDecode = ({ decode }: Pipeline, frame: ReceivedFrame): unknown => {
  try {
    const message = decode(frame)
    if (!ignoreRejection(message)) return message
  } catch {
    // Reported where the frame is delivered.
  }
  return undefined
}

/** The pipeline of one synchronous codec. */
export const createPipeline = (codec: Codec<never>): Pipeline => {
  const encode = (value: unknown) => toFrame(codec.encode(value as never))
  // Called as methods: a codec may be an instance of a class.
  const decode: Pipeline['decode'] = (frame) => codec.decode(frame)
  const { isPlain = false, plainText = false } = codec
  return {
    encode,
    decode,
    toFrame: encode,
    isPlain: () => isPlain,
    toPlain: (value, toHandle) => {
      if (isPlainData(value)) return value
      if (isBytes(value)) return toHandle(value)
      // JSON would lose a Map, a Set and nested bytes without an error.
      if (!isPlain) throw missingFeature('asyncFeature')
      return JSON.parse(JSON.stringify(value)) as unknown
    },
    keepBytes: () => {
      const error = missingFeature('binaryFeature')
      if (__DEV__ && isPlain && !plainText) error.message += ' Or, for JSON in binary frames: json({ binary: true }).'
      throw error
    },
    isPlainText: plainText,
    mayChange: false,
  }
}
