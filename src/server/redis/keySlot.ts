import { Buffer } from 'node:buffer'

/** The slots of a Redis Cluster. */
export const SLOTS = 16_384

/** CRC-16/XMODEM, as the specification of Redis Cluster has it. */
const crc16 = (bytes: Uint8Array): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc
}

/** The slot of a key. Of a key with a hash tag, such as `a:{tag}:b`, only the tag counts. */
export const keySlot = (key: string): number => {
  const start = key.indexOf('{')
  const end = start < 0 ? -1 : key.indexOf('}', start + 1)
  const counted = end > start + 1 ? key.slice(start + 1, end) : key
  return crc16(Buffer.from(counted)) % SLOTS
}
