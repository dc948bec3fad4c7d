import { Buffer } from 'node:buffer'
import type { Frame, ReceivedFrame } from '../../internal/bytes.js'
import { show } from '../../internal/errors.js'

/**
 * A message of the bus. `node` identifies its sender. `text` or `base64` is the frame of a value, for a channel or for all clients; `count` and
 * `hello` keep the number of connections.
 */
export interface Envelope {
  readonly node: string
  readonly channel?: string
  readonly text?: string
  readonly base64?: string
  readonly count?: number
  readonly hello?: true
}

const isText = (value: unknown): boolean => typeof value === 'string'

const rules: Readonly<Record<keyof Envelope, (value: unknown) => boolean>> = {
  node: (value) => typeof value === 'string' && value.length > 0 && value.length <= 64,
  channel: isText,
  text: isText,
  base64: (value) => typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value),
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  hello: (value) => value === true,
}

/** Reads a message of the bus, which anyone may have published. Members that later versions may add are ignored. @throws when it is malformed */
export const readEnvelope = (message: unknown): Envelope => {
  const value: unknown = typeof message === 'string' ? JSON.parse(message) : message
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`expected an object, got ${show(value)}`)
  }
  const given = value as Readonly<Record<string, unknown>>
  const envelope: Record<string, unknown> = {}
  for (const [name, isValid] of Object.entries(rules)) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined
    if (member === undefined && name !== 'node') continue
    if (!isValid(member)) throw new TypeError(`"${name}" is malformed: ${show(member)}`)
    envelope[name] = member
  }
  if (envelope['text'] !== undefined && envelope['base64'] !== undefined) {
    throw new TypeError('expected "text" or "base64", got both')
  }
  return envelope as unknown as Envelope
}

/** Converts the frame of a value to members of an envelope. @throws for a Blob */
export const frameToMembers = (frame: Frame): Pick<Envelope, 'text' | 'base64'> => {
  if (typeof frame === 'string') return { text: frame }
  if (frame instanceof Blob) {
    throw new TypeError(
      'Expected the codec to encode to a text or to bytes, got a Blob, which cannot be sent over the bus.',
    )
  }
  const bytes = ArrayBuffer.isView(frame)
    ? Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    : Buffer.from(frame)
  return { base64: bytes.toString('base64') }
}

/** Returns the frame of an envelope; `undefined` when it only reports a count. */
export const frameIn = ({ text, base64 }: Envelope): ReceivedFrame | undefined =>
  base64 === undefined ? text : Uint8Array.from(Buffer.from(base64, 'base64')).buffer
