/** One line of a hex dump. */
export interface DumpLine {
  readonly offset: string
  readonly hex: string
  /** Printable ASCII; a dot for every other byte. */
  readonly ascii: string
}

const LINE_BYTES = 8

const toHex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
const toAscii = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')

export function hexDump(bytes: readonly number[]): readonly DumpLine[] {
  return Array.from({ length: Math.ceil(bytes.length / LINE_BYTES) }, (_, line) => {
    const part = bytes.slice(line * LINE_BYTES, (line + 1) * LINE_BYTES)
    return {
      offset: toHex(line * LINE_BYTES, 4),
      hex: part
        .map((byte) => toHex(byte, 2))
        .join(' ')
        .padEnd(LINE_BYTES * 3 - 1),
      ascii: part.map(toAscii).join(''),
    }
  })
}

/** The first bytes of a received value. Empty for a Blob, whose bytes can only be read asynchronously. */
export function headOf(bytes: ArrayBuffer | ArrayBufferView | Blob | undefined, length: number): Uint8Array {
  if (bytes === undefined || bytes instanceof Blob) return new Uint8Array()
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes, 0, Math.min(length, bytes.byteLength))
  return new Uint8Array(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength))
}
