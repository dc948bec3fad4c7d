import type { ReceivedFrame } from '../internal/bytes.js'
import { bytesOf, findBadUtf8, malformed, maxDateSeconds, uint, withFloats, type CheckedFrame } from './binary.js'
import { createContainers, kinds, type Containers } from './containers.js'

/** What follows the first byte of an item. */
const shapes = { nothing: 0, unsigned: 1, signed: 2, text: 3, bytes: 4, ext: 5, array: 6, map: 7, unused: 8 } as const
type Shape = (typeof shapes)[keyof typeof shapes]

/** For the first bytes from 0xc0 to 0xdf: the shape, and how many bytes the value or its length takes. */
const formats: readonly (readonly [shape: Shape, size: number])[] = [
  [shapes.nothing, 0], // nil
  [shapes.unused, 0],
  [shapes.nothing, 0], // false
  [shapes.nothing, 0], // true
  [shapes.bytes, 1],
  [shapes.bytes, 2],
  [shapes.bytes, 4],
  [shapes.ext, 1],
  [shapes.ext, 2],
  [shapes.ext, 4],
  [shapes.nothing, 4], // float 32
  [shapes.nothing, 8], // float 64
  [shapes.unsigned, 1],
  [shapes.unsigned, 2],
  [shapes.unsigned, 4],
  [shapes.unsigned, 8],
  [shapes.signed, 1],
  [shapes.signed, 2],
  [shapes.signed, 4],
  [shapes.signed, 8],
  [shapes.ext, 0], // fixext 1, 2, 4, 8, 16
  [shapes.ext, 0],
  [shapes.ext, 0],
  [shapes.ext, 0],
  [shapes.ext, 0],
  [shapes.text, 1],
  [shapes.text, 2],
  [shapes.text, 4],
  [shapes.array, 2],
  [shapes.array, 4],
  [shapes.map, 2],
  [shapes.map, 4],
]

const shapeOf = (first: number): Shape => {
  if (first < 0x80 || first >= 0xe0) return shapes.nothing
  if (first >= 0xc0) return formats[first - 0xc0]![0]
  return first < 0x90 ? shapes.map : first < 0xa0 ? shapes.array : shapes.text
}

const sizeOf = (first: number): number => (first >= 0xc0 && first < 0xe0 ? formats[first - 0xc0]![1] : 0)

/** The length that the first byte itself contains. */
const shortLength = (first: number): number => {
  // fixext
  if (first >= 0xd4) return 1 << (first - 0xd4)
  return first < 0xa0 ? first & 0xf : first & 0x1f
}

/** Whether an item may be a key: a text or an integer. */
const isKey = (first: number, shape: Shape): boolean =>
  shape === shapes.nothing ? first < 0x80 || first >= 0xe0 : shape <= shapes.text

const fail = (got: string, at: number): never => {
  throw malformed('MessagePack', got, at)
}

/** Reads a signed integer of 64 bits. */
const int64 = (bytes: Uint8Array, at: number): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset + at).getBigInt64(0))

/** Checks an ext: the format defines one type, the timestamp (-1), in three lengths. `at` is the position of the type. */
const checkTimestamp = (bytes: Uint8Array, at: number, length: number): void => {
  const type = (bytes[at]! << 24) >> 24
  if (type !== -1) fail(__DEV__ ? `an ext of the type ${type}, which msgpack() does not read` : '', at)
  if (length !== 4 && length !== 8 && length !== 12) fail(__DEV__ ? `a timestamp of ${length} bytes` : '', at)
  if (length === 4) return
  const nanoseconds = uint(bytes, at + 1, 4)
  if ((length === 8 ? nanoseconds >>> 2 : nanoseconds) > 999_999_999)
    fail(__DEV__ ? 'a timestamp with more nanoseconds than a second has' : '', at)
  // Excludes the last second of the range, which may have no fraction.
  if (length === 12 && Math.abs(int64(bytes, at + 5)) >= maxDateSeconds)
    fail(__DEV__ ? 'a timestamp out of range' : '', at)
}

/** Checks bytes, a text or an ext. Returns where it ends. */
const checkString = (bytes: Uint8Array, at: number, shape: Shape, length: number, containers: Containers): number => {
  const start = shape === shapes.ext ? at + 1 : at
  const end = start + length
  if (end > bytes.length) fail(__DEV__ ? `a string of ${length} bytes, which is longer than the frame` : '', at)
  if (shape === shapes.ext) checkTimestamp(bytes, at, length)
  if (shape !== shapes.text) return end
  const bad = findBadUtf8(bytes, start, end)
  if (bad >= 0) fail(__DEV__ ? 'text that is not UTF-8' : '', bad)
  if (containers.keyKind() !== kinds.array) containers.key(bytes, start, length)
  return end
}

/**
 * Checks a frame before the decoder reads it, without building anything: it must be one well-formed value of the types that msgpack()
 * reads, with at most `maxDepth` levels, and must contain all items that it announces. This bounds everything that the decoder allocates.
 */
export const createMsgpackScan = (maxDepth: number): ((frame: ReceivedFrame) => CheckedFrame) => {
  const containers = createContainers('MessagePack', maxDepth)

  return (frame) => {
    const bytes = bytesOf(frame, 'MessagePack')
    const wide: number[] = []
    let hasBigInts = false
    containers.reset()
    for (let at = 0; ;) {
      if (at >= bytes.length) fail(__DEV__ ? 'the end of the frame' : '', at)
      const start = at
      const first = bytes[at]!
      const shape = shapeOf(first)
      const size = sizeOf(first)
      if (shape === shapes.unused) fail(__DEV__ ? 'the byte 0xc1, which the format does not use' : '', at)
      if (containers.keyKind() !== kinds.array && !isKey(first, shape))
        fail(__DEV__ ? 'a key that is neither a text nor an integer' : '', at)
      at += 1 + size
      if (at > bytes.length) fail(__DEV__ ? 'the end of the frame' : '', bytes.length)
      if (shape === shapes.unsigned || shape === shapes.signed) {
        if (size === 8) {
          const value = shape === shapes.signed ? int64(bytes, start + 1) : uint(bytes, start + 1, 8)
          if (Number.isSafeInteger(value)) wide.push(start, value)
          else hasBigInts = true
        }
      } else if (shape !== shapes.nothing) {
        const length = size ? uint(bytes, start + 1, size) : shortLength(first)
        if (shape >= shapes.array) {
          containers.open(shape === shapes.array ? kinds.array : kinds.object, length, start, bytes.length - at)
          if (!containers.isEmpty()) continue
          containers.close()
        } else {
          at = checkString(bytes, at, shape, length, containers)
        }
      }
      if (!containers.complete()) continue
      if (at < bytes.length) fail(__DEV__ ? `${bytes.length - at} more bytes after the value` : '', at)
      return { bytes: hasBigInts && wide.length ? withFloats(bytes, wide, 0xcb) : bytes, hasBigInts }
    }
  }
}
