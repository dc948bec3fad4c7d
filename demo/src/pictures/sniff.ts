type Test = (bytes: Uint8Array, text: string) => boolean

export interface PictureKind {
  /** The common name of the format. */
  readonly label: string
  /** The media type. */
  readonly type: string
}

const beginsWith =
  (...start: readonly number[]): Test =>
  (bytes) =>
    start.every((byte, index) => bytes[index] === byte)

/** The first bytes of each format. A frame has no media type. */
const signatures: readonly (PictureKind & { readonly test: Test })[] = [
  { label: 'PNG', type: 'image/png', test: beginsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) },
  { label: 'JPEG', type: 'image/jpeg', test: beginsWith(0xff, 0xd8, 0xff) },
  { label: 'GIF', type: 'image/gif', test: (_, text) => /^GIF8[79]a/.test(text) },
  { label: 'WebP', type: 'image/webp', test: (_, text) => /^RIFF.{4}WEBP/s.test(text) },
  { label: 'AVIF', type: 'image/avif', test: (_, text) => /^.{4}ftypavi[fs]/s.test(text) },
  { label: 'bitmap', type: 'image/bmp', test: (_, text) => /^BM.{4}\0{4}/s.test(text) },
  { label: 'SVG', type: 'image/svg+xml', test: (_, text) => /^\s*(?:<[?!][^>]*>\s*)*<svg[\s>]/.test(text) },
]

/** Finds the format of a picture by its first bytes; `undefined` for anything else. */
export function sniffPicture(bytes: Uint8Array): PictureKind | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 512))
  return signatures.find(({ test }) => test(bytes, text))
}
