import { crc32, deflateSync } from 'node:zlib'

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

/** A PNG of 3 by 2 pixels, red above blue. */
export function tinyPng(): Buffer {
  const size = [0, 0, 0, 3, 0, 0, 0, 2]
  const eightBitsOfRgb = [8, 2, 0, 0, 0]
  const row = (...pixel: readonly number[]) => [0, ...pixel, ...pixel, ...pixel]
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.from([...size, ...eightBitsOfRgb])),
    chunk('IDAT', deflateSync(Buffer.from([...row(255, 0, 0), ...row(0, 0, 255)]))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
