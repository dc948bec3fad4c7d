import {
  countMembers,
  frameRules,
  isInteger,
  isText,
  readMessage,
  type FrameMessage,
  type MessageRules,
} from './busMessage.js'

/**
 * A message to all nodes. The frame is of a value for a channel, or without `channel` for all clients; `count` and `hello` keep the number of
 * connections.
 */
export interface Envelope extends FrameMessage {
  readonly channel?: string
  readonly count?: number
  readonly hello?: true
}

const rules: MessageRules<Envelope> = {
  ...frameRules,
  channel: isText,
  count: isInteger,
  hello: (value) => value === true,
}

/** Reads an envelope. @throws when it is malformed */
export const readEnvelope = (text: string): Envelope => {
  const envelope = readMessage(text, rules, ['node'])
  if (countMembers(envelope, ['text', 'base64']) <= 1) return envelope
  throw new TypeError('expected "text" or "base64", got both')
}
