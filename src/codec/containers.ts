import { codedError, show } from '../internal/errors.js'
import { malformed } from './binary.js'

/** How many arrays, maps and tags may stand inside each other, unless `maxDepth` says otherwise. */
const defaultMaxDepth = 500

/** The option `maxDepth`; beyond 1000 the recursive encoders and decoders may run out of stack. */
export const toMaxDepth = (name: string, maxDepth = defaultMaxDepth): number => {
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= 1000) return maxDepth
  throw codedError(
    'invalid_option',
    __DEV__
      ? `${name}: expected the option "maxDepth" to be a whole number from 1 to 1000, got ${show(maxDepth)}.`
      : '',
  )
}

/** What an array or map is opened as. Keys of an `object` become property names; those of a `map` may be anything. */
export const kinds = { array: 0, object: 1, map: 2 } as const

const nameIs = (bytes: Uint8Array, start: number, name: string): boolean => {
  for (let n = 0; n < name.length; n++) if (bytes[start + n] !== name.charCodeAt(n)) return false
  return true
}

/**
 * The arrays and maps that are open at some point of a frame: counts their items, and finds what must not get to the decoder, which is
 * recursive and builds objects: a nesting too deep, more items than there can be, keys that pollute prototypes.
 */
export const createContainers = (format: string, maxDepth: number) => {
  let depth = 0
  // For each depth: the items to come (a key and its value are two; -1: until a break), what it is, whether a key is next.
  const left = new Int32Array(maxDepth + 1)
  const kind = new Uint8Array(maxDepth + 1)
  const atKey = new Uint8Array(maxDepth + 1)
  // The depth of each map that is the value of a key "constructor".
  const isConstructor = new Uint8Array(maxDepth + 1)
  let afterConstructor = false

  const refuseKey = (name: string, at: number) => {
    throw malformed(format, __DEV__ ? `a "${name}" key (it could pollute prototypes, so it is refused)` : '', at)
  }

  return {
    reset: () => {
      depth = 0
      afterConstructor = false
    },
    /** What the next item is a key of; `kinds.array` where it is none. */
    keyKind: (): number => (atKey[depth] ? kind[depth]! : kinds.array),
    /** A text that stands where a key does. */
    key: (bytes: Uint8Array, start: number, length: number) => {
      if (length === 9 && nameIs(bytes, start, '__proto__')) refuseKey('__proto__', start)
      if (length === 9 && isConstructor[depth] && nameIs(bytes, start, 'prototype')) {
        refuseKey('constructor.prototype', start)
      }
      afterConstructor = length === 11 && nameIs(bytes, start, 'constructor')
    },
    /** An array or a map begins. `count` is its items', or -1: until a break. Each takes a byte at least, and `room` bytes are left. */
    open: (as: number, count: number, at: number, room: number) => {
      const items = as === kinds.array || count < 0 ? count : count * 2
      if (items > room)
        throw malformed(format, __DEV__ ? `an array or a map that ends before its ${count} items do` : '', at)
      if (depth === maxDepth) throw malformed(format, __DEV__ ? `a nesting of more than ${maxDepth} levels` : '', at)
      depth++
      left[depth] = items
      kind[depth] = as
      atKey[depth] = as === kinds.array ? 0 : 1
      isConstructor[depth] = Number(afterConstructor)
      afterConstructor = false
    },
    /** Whether the next item could be a break: something without a count is open, and is not in the midst of an entry. */
    isBreakable: () => depth > 0 && left[depth] === -1 && (kind[depth] === kinds.array || atKey[depth] === 1),
    /** The innermost array or map is complete, by a break or for want of items. */
    close: () => {
      depth--
    },
    /** An item is complete, and with it maybe what it is the last of. Returns whether the value is. */
    complete: () => {
      for (; depth > 0; depth--) {
        if (kind[depth] !== kinds.array) {
          if (atKey[depth] === 0) afterConstructor = false
          atKey[depth]! ^= 1
        }
        if (left[depth] === -1 || --left[depth]! > 0) return false
      }
      return true
    },
    /** Whether the innermost array or map has no items at all. */
    isEmpty: () => left[depth] === 0,
  }
}
