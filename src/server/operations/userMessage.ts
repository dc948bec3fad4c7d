import { isCloseCode } from '../connection/closing.js'
import { show } from '../../internal/errors.js'

/**
 * A message of the bus about one user. `text` or `base64` is the frame of a value for the connections of the user; `code` and `reason` close them.
 * `node` identifies its sender.
 */
export interface UserMessage {
  readonly node: string
  readonly user: string
  readonly text?: string
  readonly base64?: string
  readonly code?: number
  readonly reason?: string
}

const isText = (value: unknown): boolean => typeof value === 'string'

const rules: Readonly<Record<keyof UserMessage, (value: unknown) => boolean>> = {
  node: (value) => typeof value === 'string' && value.length > 0 && value.length <= 64,
  user: (value) => typeof value === 'string' && value.length > 0,
  text: isText,
  base64: (value) => typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value),
  code: (value) => typeof value === 'number' && isCloseCode(value),
  reason: isText,
}

/** Reads a message, which anyone may have published. Members that later versions may add are ignored. @throws when it is malformed */
export const readUserMessage = (message: string): UserMessage => {
  const value: unknown = JSON.parse(message)
  if (typeof value !== 'object' || value === null) throw new TypeError(`expected an object, got ${show(value)}`)
  const given = value as Readonly<Record<string, unknown>>
  const read: Record<string, unknown> = {}
  for (const [name, isValid] of Object.entries(rules)) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined
    if (member === undefined && name !== 'node' && name !== 'user') continue
    if (!isValid(member)) throw new TypeError(`"${name}" is malformed: ${show(member)}`)
    read[name] = member
  }
  const contents = [read['text'], read['base64'], read['code']].filter((content) => content !== undefined)
  if (contents.length !== 1) throw new TypeError('expected one of "text", "base64" and "code"')
  return read as unknown as UserMessage
}
