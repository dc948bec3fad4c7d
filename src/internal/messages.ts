/** Several messages that came in one frame: what {@link messages} returns. */
export type MessageList<Message = unknown> = IterableIterator<Message>

/**
 * What a codec's `decode` returns for a frame with several messages, or with none. They are delivered one by one, in this order, and each passes
 * schema, protocol and `accept` by itself. An empty list is a keep-alive: nothing is delivered.
 *
 * @example
 * const lines: Codec<string, string, string> = {
 *   encode: (line) => line,
 *   decode: (frame) => messages(String(frame).split('\n')),
 *   isPlain: true,
 * }
 */
export const messages = <Message>(list: readonly Message[]): MessageList<Message> => list.values()

/** Whether `value` is that of {@link messages}: an iterator. No message of a peer can be one, because it contains no functions. */
export const isMessages = (value: unknown): value is MessageList =>
  typeof (value as Partial<MessageList> | null | undefined)?.next === 'function'

/** The messages of a frame that was decoded. */
export const messagesIn = (decoded: unknown): readonly unknown[] => (isMessages(decoded) ? [...decoded] : [decoded])
