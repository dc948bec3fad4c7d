import type { Codec, Frame } from '../../../src/index.js'

const encoder = new TextEncoder()

/** The bytes of a frame as they are on the wire, as plain numbers; those of a Blob only come later. */
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

/** A codec that also writes down the last frame it made: the very one that goes out. */
export function createRecording(codec: Codec) {
  let last: RecordedFrame | undefined
  return {
    codec: {
      ...codec,
      // What is sent has Dates and bytes inside: not for the store as it is, though JSON would take it.
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
    last: () => last,
  }
}
