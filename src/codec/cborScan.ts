import type { ReceivedFrame } from '../internal/bytes.js'
import { bytesOf, findBadUtf8, malformed, maxDateSeconds, uint, withFloats, type CheckedFrame } from './binary.js'
import { createContainers, kinds, type Containers } from './containers.js'

/** The major types (RFC 8949, section 3.1). */
const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, other: 7 } as const

/** Marks an item of indefinite length, which ends with a break. */
const indefinite = 31

/** The tags that are checked one by one; the others that are read are the typed arrays of RFC 8746. */
const tags = { dateText: 0, dateNumber: 1, bignum: 2, negativeBignum: 3, set: 258, map: 259 } as const

/** Reading a bignum takes quadratic time, so its length is limited. */
const maxBigIntBytes = 256

/** RFC 3339, without leap seconds, which a `Date` cannot represent. */
const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** The bytes of one element, for the typed arrays of RFC 8746 that JavaScript has; 0 for other tags. */
const elementSize = (tag: number): number => {
  if (tag < 64 || tag > 86 || tag === 76) return 0
  if (tag < 80) return 1 << (tag & 3)
  // float16 (80, 84) and float128 (83, 87) have no typed array.
  return tag === 81 || tag === 85 ? 4 : tag === 82 || tag === 86 ? 8 : 0
}

const fail = (got: string, at: number): never => {
  throw malformed('CBOR', got, at)
}

/** Checks a date in seconds since 1970: an integer, or a float of any width. */
const checkTime = (bytes: Uint8Array, at: number, type: number, info: number, argument: number): void => {
  const isFloat = type === major.other && info >= 25 && info <= 27
  if (!isFloat && type > major.negative) fail(__DEV__ ? 'a date (tag 1) that is not a number' : '', at)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 1)
  // A half float is out of range only if it is infinite or NaN.
  const ofHalf = () => ((argument & 0x7c00) === 0x7c00 ? NaN : 0)
  const seconds = !isFloat ? argument : info === 25 ? ofHalf() : info === 26 ? view.getFloat32(0) : view.getFloat64(0)
  if (!(Math.abs(seconds) <= maxDateSeconds)) fail(__DEV__ ? 'a date (tag 1) out of range' : '', at)
}

/** Checks that the item after a tag has the type that the tag requires. */
const checkTagged = (tag: number, bytes: Uint8Array, at: number, argument: number): void => {
  const type = bytes[at]! >> 5
  const info = bytes[at]! & 0x1f
  if (tag === tags.dateText) {
    if (type !== major.text) fail(__DEV__ ? 'a date (tag 0) that is not a text' : '', at)
  } else if (tag === tags.dateNumber) {
    checkTime(bytes, at, type, info, argument)
  } else if (tag === tags.set) {
    if (type !== major.array) fail(__DEV__ ? 'a set (tag 258) that is not an array' : '', at)
  } else if (tag === tags.map) {
    if (type !== major.map) fail(__DEV__ ? 'a map (tag 259) that is not a map' : '', at)
  } else if (tag === tags.bignum || tag === tags.negativeBignum) {
    if (type !== major.bytes || argument > maxBigIntBytes)
      fail(__DEV__ ? `a bignum that is not 0 to ${maxBigIntBytes} bytes long` : '', at)
  } else if (type !== major.bytes || argument % elementSize(tag)) {
    fail(__DEV__ ? `a typed array (tag ${tag}) that is not bytes of whole elements` : '', at)
  }
}

const isKnownTag = (tag: number): boolean =>
  tag <= tags.negativeBignum || tag === tags.set || tag === tags.map || elementSize(tag) > 0

/** Whether the frame begins with tag 55799, which marks it as CBOR and does not change the value. */
const isSelfDescribed = (bytes: Uint8Array): boolean => bytes[0] === 0xd9 && bytes[1] === 0xd9 && bytes[2] === 0xf7

/** How many bytes the argument takes after the first byte of an item. */
const argumentSize = (bytes: Uint8Array, at: number, type: number, info: number): number => {
  if (info < 24) return 0
  if (info === indefinite && (type === major.array || type === major.map)) return 0
  if (info === indefinite && (type === major.bytes || type === major.text)) {
    fail(__DEV__ ? 'a string of indefinite length, which cbor() does not read' : '', at)
  }
  if (info > 27) fail(__DEV__ ? 'a reserved length' : '', at)
  const size = 1 << (info - 24)
  if (at + size >= bytes.length) fail(__DEV__ ? 'the end of the frame' : '', bytes.length)
  return size
}

const checkText = (bytes: Uint8Array, start: number, end: number, isDate: boolean, containers: Containers): void => {
  const bad = findBadUtf8(bytes, start, end)
  if (bad >= 0) fail(__DEV__ ? 'text that is not UTF-8' : '', bad)
  if (containers.keyKind() !== kinds.array) containers.key(bytes, start, end - start)
  if (isDate && !dateTime.test(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 40))))) {
    fail(__DEV__ ? 'a date (tag 0) that is not in the form of RFC 3339' : '', start)
  }
}

/**
 * Checks a frame before the decoder reads it, without building anything: it must be one well-formed value (RFC 8949, section 5.3.1) of
 * the types that cbor() reads, with at most `maxDepth` levels, and must contain all items that it announces. This bounds everything that
 * the decoder allocates.
 */
export const createCborScan = (maxDepth: number): ((frame: ReceivedFrame) => CheckedFrame) => {
  const containers = createContainers('CBOR', maxDepth)

  return (frame) => {
    const bytes = bytesOf(frame, 'CBOR')
    const wide: number[] = []
    let hasBigInts = false
    let tag = -1
    containers.reset()
    for (let at = isSelfDescribed(bytes) ? 3 : 0; ;) {
      if (at >= bytes.length) fail(__DEV__ ? 'the end of the frame' : '', at)
      const start = at
      const type = bytes[at]! >> 5
      const info = bytes[at]! & 0x1f
      if (bytes[at] === 0xff) {
        if (tag >= 0 || !containers.isBreakable()) fail(__DEV__ ? 'a break in a place where no item can end' : '', at)
        containers.close()
        at++
      } else {
        const size = argumentSize(bytes, at, type, info)
        const argument = size ? uint(bytes, at + 1, size) : info
        if (type > major.negative && type !== major.text && containers.keyKind() === kinds.object) {
          fail(__DEV__ ? 'a key that is neither a text nor an integer' : '', at)
        }
        if (tag >= 0) checkTagged(tag, bytes, at, argument)
        at += 1 + size
        if (type <= major.negative) {
          // A negative integer is -1 - argument.
          if (size === 8) {
            if (argument + type > Number.MAX_SAFE_INTEGER) hasBigInts = true
            else wide.push(start, type === major.unsigned ? argument : -1 - argument)
          }
        } else if (type <= major.text) {
          if (argument > bytes.length - at)
            fail(__DEV__ ? `a string of ${argument} bytes, which is longer than the frame` : '', start)
          if (type === major.text) checkText(bytes, at, at + argument, tag === tags.dateText, containers)
          at += argument
        } else if (type <= major.map) {
          const kind = type === major.array ? kinds.array : tag === tags.map ? kinds.map : kinds.object
          containers.open(kind, info === indefinite ? -1 : argument, start, bytes.length - at)
          tag = -1
          if (!containers.isEmpty()) continue
          containers.close()
        } else if (type === major.tag) {
          if (!isKnownTag(argument)) fail(__DEV__ ? `tag ${argument}, which cbor() does not read` : '', start)
          tag = argument
          continue
        } else if (info < 20 || info === 24) {
          fail(__DEV__ ? `the simple value ${argument}, which JavaScript does not have` : '', start)
        }
      }
      tag = -1
      if (!containers.complete()) continue
      if (at < bytes.length) fail(__DEV__ ? `${bytes.length - at} more bytes after the value` : '', at)
      return { bytes: hasBigInts && wide.length ? withFloats(bytes, wide, 0xfb) : bytes, hasBigInts }
    }
  }
}
