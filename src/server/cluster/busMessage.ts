import { show } from '../../internal/errors.js'

/** Whether a member of a message is well-formed, by its name. */
export type MessageRules<Message> = Readonly<Record<keyof Message & string, (value: unknown) => boolean>>

/** The members of all messages that carry a value: the sender, and the frame of the value. */
export interface FrameMessage {
  /** The id of the sender. */
  readonly node: string
  /** The frame of a value, when it is a text. */
  readonly text?: string
  /** The frame of a value, when it is binary. */
  readonly base64?: string
}

const MAX_NODE_LENGTH = 64

/** Whether a value is a text. */
export const isText = (value: unknown): value is string => typeof value === 'string'

/** Whether a value is a text that is not empty. */
export const isFilledText = (value: unknown): value is string => isText(value) && value.length > 0

/** Whether a value is the id of a node. */
export const isNodeId = (value: unknown): value is string => isFilledText(value) && value.length <= MAX_NODE_LENGTH

/** Whether a value is an integer that is not negative. */
export const isInteger = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** The rules of {@link FrameMessage}. */
export const frameRules: MessageRules<FrameMessage> = {
  node: isNodeId,
  text: isText,
  base64: (value) => isText(value) && /^[\w+/-]*={0,2}$/.test(value),
}

/** Parses a message of the bus. @throws when it is not an object */
export const parseMessage = (text: string): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`expected an object, got ${show(value)}`)
}

/**
 * Reads a message of the bus, which anyone may have published. Members without a rule are ignored, because later versions may add some.
 * @throws when it is malformed, or lacks a member that is `required`
 */
export const readMessage = <Message>(
  text: string,
  rules: MessageRules<Message>,
  required: readonly (keyof Message)[],
): Message => {
  const given = parseMessage(text)
  const read: [string, unknown][] = []
  for (const [name, isValid] of Object.entries<(value: unknown) => boolean>(rules)) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined
    if (member === undefined && !required.includes(name as keyof Message)) continue
    if (!isValid(member)) throw new TypeError(`"${name}" is malformed: ${show(member)}`)
    read.push([name, member])
  }
  return Object.fromEntries(read) as Message
}

/** Returns how many of these members a message has. */
export const countMembers = <Message>(message: Message, names: readonly (keyof Message)[]): number =>
  names.filter((name) => message[name] !== undefined).length
