import {
  countMembers,
  frameRules,
  isFilledText,
  isText,
  readMessage,
  type FrameMessage,
  type MessageRules,
} from '../cluster/busMessage.js'
import { isCloseCode } from '../connection/closing.js'

/** A message about one user. The frame is of a value for the connections of the user; `code` and `reason` close them. */
export interface UserMessage extends FrameMessage {
  readonly user: string
  readonly code?: number
  readonly reason?: string
}

const rules: MessageRules<UserMessage> = {
  ...frameRules,
  user: isFilledText,
  code: (value) => typeof value === 'number' && isCloseCode(value),
  reason: isText,
}

/** Reads a message about one user. @throws when it is malformed */
export const readUserMessage = (text: string): UserMessage => {
  const message = readMessage(text, rules, ['node', 'user'])
  if (countMembers(message, ['text', 'base64', 'code']) === 1) return message
  throw new TypeError('expected one of "text", "base64" and "code"')
}
