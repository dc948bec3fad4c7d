const WIDTH = 3000
const HEIGHT = 2222
const HEADER_BYTES = 54
const SIZE = HEADER_BYTES + WIDTH * HEIGHT * 3

/** The headers of a bitmap with 24 bits a pixel; a row of this width needs no padding. */
function header(): ArrayBuffer {
  const bytes = new ArrayBuffer(HEADER_BYTES)
  const view = new DataView(bytes)
  view.setUint16(0, 0x42_4d)
  view.setUint32(2, SIZE, true)
  view.setUint32(10, HEADER_BYTES, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, WIDTH, true)
  view.setInt32(22, HEIGHT, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  return bytes
}

/** Creates a picture of 20 MB. A bitmap is not compressed, so its size is known. */
export function makeLargePicture(): File {
  const pixels = new Uint8Array(SIZE - HEADER_BYTES)
  const tint = Math.floor(Math.random() * 256)
  let at = 0
  for (let y = 0; y < HEIGHT; y += 1) {
    const blue = (y * 255) / HEIGHT
    for (let x = 0; x < WIDTH; x += 1) {
      pixels[at] = blue
      pixels[at + 1] = (x * 255) / WIDTH
      pixels[at + 2] = tint ^ ((x >> 8) * 24)
      at += 3
    }
  }
  return new File([header(), pixels], 'large.bmp', { type: 'image/bmp' })
}
