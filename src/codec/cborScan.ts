import type { ReceivedFrame } from '../internal/bytes.js'
import { bytesOf, findBadUtf8, malformed, maxDateSeconds, uint, withFloats, type Scanned } from './binary.js'
import { createContainers, kinds } from './containers.js'

/** RFC 8949, section 3.1. */
const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, other: 7 } as const

/** The length of what has none: it ends with a break. */
const indefinite = 31

/** Tags that are looked at here; the rest are RFC 8746's typed arrays. */
const tags = { dateText: 0, dateNumber: 1, bignum: 2, negativeBignum: 3, set: 258, map: 259 } as const

/** Longer integers than this are no use to anybody, and reading them takes quadratic time. */
const maxBigIntBytes = 256

/** RFC 3339; a leap second is none to JavaScript. */
const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Bytes an element, of the typed arrays of RFC 8746 that JavaScript has; 0 for what it has not. */
const elementSize = (tag: number): number => {
  if (tag < 64 || tag > 86 || tag === 76) return 0
  if (tag < 80) return 1 << (tag & 3)
  // float16 and float128 have no array.
  return tag === 81 || tag === 85 ? 4 : tag === 82 || tag === 86 ? 8 : 0
}

const fail = (got: string, at: number): never => {
  throw malformed('CBOR', got, at)
}

/** Seconds since 1970, as an integer or a float of any width. */
const checkTime = (bytes: Uint8Array, at: number, type: number, info: number, argument: number): void => {
  const isFloat = type === major.other && info >= 25 && info <= 27
  if (!isFloat && type > major.negative) fail(__DEV__ ? 'a date (tag 1) that is no number' : '', at)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 1)
  // A half float gets out of the range at its exponent for infinity and NaN only.
  const ofHalf = () => ((argument & 0x7c00) === 0x7c00 ? NaN : 0)
  const seconds = !isFloat ? argument : info === 25 ? ofHalf() : info === 26 ? view.getFloat32(0) : view.getFloat64(0)
  if (!(Math.abs(seconds) <= maxDateSeconds)) fail(__DEV__ ? 'a date (tag 1) out of range' : '', at)
}

/** Whether what a tag stands for can be made of the item behind it. */
const checkTagged = (tag: number, bytes: Uint8Array, at: number, argument: number): void => {
  const type = bytes[at]! >> 5
  const info = bytes[at]! & 0x1f
  if (tag === tags.dateText) {
    if (type !== major.text) fail(__DEV__ ? 'a date (tag 0) that is no text' : '', at)
  } else if (tag === tags.dateNumber) {
    checkTime(bytes, at, type, info, argument)
  } else if (tag === tags.set) {
    if (type !== major.array) fail(__DEV__ ? 'a set (tag 258) that is no array' : '', at)
  } else if (tag === tags.map) {
    if (type !== major.map) fail(__DEV__ ? 'a map (tag 259) that is none' : '', at)
  } else if (tag === tags.bignum || tag === tags.negativeBignum) {
    if (type !== major.bytes || argument > maxBigIntBytes)
      fail(__DEV__ ? `a bignum of other than 0 to ${maxBigIntBytes} bytes` : '', at)
  } else if (type !== major.bytes || argument % elementSize(tag)) {
    fail(__DEV__ ? `a typed array (tag ${tag}) that is not bytes of whole elements` : '', at)
  }
}

const isKnownTag = (tag: number): boolean =>
  tag <= tags.negativeBignum || tag === tags.set || tag === tags.map || elementSize(tag) > 0

/** CBOR's self-description: tag 55799, which says nothing about the value. */
const isSelfDescribed = (bytes: Uint8Array): boolean => bytes[0] === 0xd9 && bytes[1] === 0xd9 && bytes[2] === 0xf7

/** How many bytes an argument takes after the first byte of an item. */
const argumentSize = (bytes: Uint8Array, at: number, type: number, info: number): number => {
  if (info < 24) return 0
  if (info === indefinite && (type === major.array || type === major.map)) return 0
  if (info === indefinite && (type === major.bytes || type === major.text)) {
    fail(__DEV__ ? 'a string of indefinite length, which is not taken' : '', at)
  }
  if (info > 27) fail(__DEV__ ? 'a reserved length' : '', at)
  const size = 1 << (info - 24)
  if (at + size >= bytes.length) fail(__DEV__ ? 'the end of the frame' : '', bytes.length)
  return size
}

/**
 * Reads a frame through without building anything: it is one well-formed value (RFC 8949, section 5.3.1) of the kinds that cbor() knows,
 * not nested too deep, of as many items as it claims. Only then may the decoder have it, whose every allocation is bounded by this.
 */
export const createCborScan = (maxDepth: number): ((frame: ReceivedFrame) => Scanned) => {
  const containers = createContainers('CBOR', maxDepth)

  const scanText = (bytes: Uint8Array, start: number, end: number, isDate: boolean): void => {
    const bad = findBadUtf8(bytes, start, end)
    if (bad >= 0) fail(__DEV__ ? 'text that is not UTF-8' : '', bad)
    if (containers.keyKind() !== kinds.array) containers.key(bytes, start, end - start)
    if (isDate && !dateTime.test(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 40))))) {
      fail(__DEV__ ? 'a date (tag 0) that is not as RFC 3339 has it' : '', start)
    }
  }

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
        if (tag >= 0 || !containers.isBreakable()) fail(__DEV__ ? 'a break where none can be' : '', at)
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
          // A negative one is -1 - argument.
          if (size === 8) {
            if (argument + type > Number.MAX_SAFE_INTEGER) hasBigInts = true
            else wide.push(start, type === major.unsigned ? argument : -1 - argument)
          }
        } else if (type <= major.text) {
          if (argument > bytes.length - at)
            fail(__DEV__ ? `a string of ${argument} bytes that the frame has not` : '', start)
          if (type === major.text) scanText(bytes, at, at + argument, tag === tags.dateText)
          at += argument
        } else if (type <= major.map) {
          const kind = type === major.array ? kinds.array : tag === tags.map ? kinds.map : kinds.object
          containers.open(kind, info === indefinite ? -1 : argument, start, bytes.length - at)
          tag = -1
          if (!containers.isEmpty()) continue
          containers.close()
        } else if (type === major.tag) {
          if (!isKnownTag(argument)) fail(__DEV__ ? `tag ${argument}, which means nothing here` : '', start)
          tag = argument
          continue
        } else if (info < 20 || info === 24) {
          fail(__DEV__ ? `the simple value ${argument}, which JavaScript has not` : '', start)
        }
      }
      tag = -1
      if (!containers.complete()) continue
      if (at < bytes.length) fail(__DEV__ ? `${bytes.length - at} more bytes after the value` : '', at)
      return { bytes: hasBigInts && wide.length ? withFloats(bytes, wide, 0xfb) : bytes, hasBigInts }
    }
  }
}
