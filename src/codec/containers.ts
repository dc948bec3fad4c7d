import { codedError, show } from '../internal/errors.js'
import { malformed } from './binary.js'

const DEFAULT_MAX_DEPTH = 500

/** The option `maxDepth`, checked. With more than 1000 levels the recursive encoders and decoders may run out of stack. */
export const toMaxDepth = (name: string, maxDepth = DEFAULT_MAX_DEPTH): number => {
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= 1000) return maxDepth
  throw codedError(
    'invalid_option',
    __DEV__
      ? `${name}: expected the option "maxDepth" to be a whole number from 1 to 1000, got ${show(maxDepth)}.`
      : '',
  )
}

/** The kinds of containers. The keys of an `object` become property names; the keys of a `map` may be any value. */
export const kinds = { array: 0, object: 1, map: 2 } as const

const nameIs = (bytes: Uint8Array, start: number, name: string): boolean => {
  for (let n = 0; n < name.length; n++) if (bytes[start + n] !== name.charCodeAt(n)) return false
  return true
}

const refuseKey = (format: string, name: string, at: number): never => {
  throw malformed(format, __DEV__ ? `a "${name}" key (it could pollute prototypes, so it is refused)` : '', at)
}

/**
 * The arrays and maps that are open at one point of a frame. Counts their items and throws at what must not reach the decoder, which is
 * recursive and builds objects: too many levels, more items than the frame has bytes for, keys that pollute prototypes.
 */
export const createContainers = (format: string, maxDepth: number) => {
  let depth = 0
  // For each depth: how many items are left (a key and its value count as two; -1: until a break), the kind, whether a key is next.
  const left = new Int32Array(maxDepth + 1)
  const kind = new Uint8Array(maxDepth + 1)
  const atKey = new Uint8Array(maxDepth + 1)
  // 1 at the depth of each map that is the value of a key "constructor".
  const isConstructor = new Uint8Array(maxDepth + 1)
  let afterConstructor = false

  return {
    reset: () => {
      depth = 0
      afterConstructor = false
    },
    /** The kind of the container whose key the next item is; `kinds.array` if the next item is not a key. */
    keyKind: (): number => (atKey[depth] ? kind[depth]! : kinds.array),
    /** Checks a text in the place of a key. */
    key: (bytes: Uint8Array, start: number, length: number) => {
      if (length === 9 && nameIs(bytes, start, '__proto__')) refuseKey(format, '__proto__', start)
      if (length === 9 && isConstructor[depth] && nameIs(bytes, start, 'prototype')) {
        refuseKey(format, 'constructor.prototype', start)
      }
      afterConstructor = length === 11 && nameIs(bytes, start, 'constructor')
    },
    /** Opens an array or a map of `count` items (-1: until a break). An item takes at least one byte, and `room` bytes are left. */
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
    /** Whether the next item may be a break: the innermost container has no count, and no key waits for its value. */
    isBreakable: () => depth > 0 && left[depth] === -1 && (kind[depth] === kinds.array || atKey[depth] === 1),
    /** Closes the innermost array or map, at a break or because it has no items. */
    close: () => {
      depth--
    },
    /** Counts a complete item, and each container that it completes. Returns whether the whole value is complete. */
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
    /** Whether the innermost array or map has no items. */
    isEmpty: () => left[depth] === 0,
  }
}

/** The open arrays and maps of a frame. */
export type Containers = ReturnType<typeof createContainers>
