import type { Codec, Frame } from '../../../src/index.js'

const encoder = new TextEncoder()

/** The bytes of a frame as plain numbers. Empty for a Blob, whose bytes can only be read asynchronously. */
function bytesOf(frame: Frame): readonly number[] {
  if (typeof frame === 'string') return [...encoder.encode(frame)]
  if (frame instanceof ArrayBuffer) return [...new Uint8Array(frame)]
  if (ArrayBuffer.isView(frame)) return [...new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)]
  return []
}

export interface RecordedFrame {
  readonly kind: 'text' | 'binary'
  readonly bytes: readonly number[]
}

/** Wraps a codec and keeps the last frame that it encoded, which is the frame that is sent. */
export function createRecordingCodec(codec: Codec) {
  let last: RecordedFrame | undefined
  return {
    codec: {
      ...codec,
      // The messages of this page contain Dates and bytes, so they are not plain data for any codec, `json()` included.
      isPlain: false,
      encode: (value: unknown) => {
        last = undefined
        const frame = codec.encode(value)
        if (!(frame instanceof Promise)) {
          last = { kind: typeof frame === 'string' ? 'text' : 'binary', bytes: bytesOf(frame) }
        }
        return frame
      },
    } satisfies Codec,
    /** The last frame; `undefined` when the codec could not encode the last message. */
    lastFrame: () => last,
  }
}
