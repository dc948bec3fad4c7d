import { lendGlobals } from '../internal/environment.js'

// @msgpack/msgpack creates a TextEncoder and a TextDecoder when it is imported. jsdom and React Native before 0.74 have none.

/** The bytes of a character in UTF-8. A lone surrogate becomes U+FFFD. */
const bytesOfCharacter = (character: string): number[] => {
  const point = character.codePointAt(0)!
  if (point < 0x80) return [point]
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 63)]
  if (point >= 0xd800 && point < 0xe000) return [0xef, 0xbf, 0xbd]
  const last = [0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]
  if (point < 0x10000) return [0xe0 | (point >> 12), ...last]
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), ...last]
}

/** The part of a TextEncoder that the package uses. */
class PlainTextEncoder {
  encodeInto(text: string, target: Uint8Array): void {
    let at = 0
    for (const character of text) for (const byte of bytesOfCharacter(character)) target[at++] = byte
  }
}

/** The part of a TextDecoder that the package uses. The bytes are UTF-8: the codec checks each text before. */
class PlainTextDecoder {
  decode(bytes: Uint8Array): string {
    let text = ''
    for (let at = 0; at < bytes.length;) {
      const lead = bytes[at++]!
      const more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
      let point = more ? lead & (0x3f >> more) : lead
      for (let rest = more; rest > 0; rest--) point = (point << 6) | (bytes[at++]! & 63)
      text += String.fromCodePoint(point)
    }
    return text
  }
}

/** Takes both back. To be imported before the package, and called after it was imported. */
export const returnTextCoding: () => void = lendGlobals({
  TextEncoder: PlainTextEncoder,
  TextDecoder: PlainTextDecoder,
})
