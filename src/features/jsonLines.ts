import type { ReceivedFrame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import { fromUtf8, json, type JsonOptions } from '../codec/json.js'
import { splitJsonTexts } from '../codec/jsonTexts.js'
import type { Codec } from '../codec/types.js'
import { framed } from './framing.js'

/** The options of `jsonLines()`: those of `json()`, and the separator. */
export interface JsonLinesOptions extends JsonOptions {
  /**
   * The text between two messages of a frame, such as `\x1e` for SignalR. White space between messages needs none.
   * @default '\n'
   */
  readonly separator?: string
}

/**
 * JSON with several messages in a frame: separated by newlines (JSON Lines, NDJSON), by another `separator`, or written one after the other. They are
 * delivered one by one, in their order. When one of them is malformed, the whole frame is reported as `invalid_frame`. One message is sent in a frame, as
 * with `json()`, which has the same options. See docs/messages.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: jsonLines() })
 */
export const jsonLines = (options: JsonLinesOptions = {}): Codec => {
  const { separator = '\n', ...jsonOptions } = options
  if (typeof separator !== 'string' || !separator) {
    throw codedError(
      'invalid_option',
      __DEV__
        ? `jsonLines(): expected the option "separator" to be a text that is not empty, got ${show(separator)}.`
        : '',
    )
  }
  const one = json(jsonOptions)
  const decode = (frame: ReceivedFrame): readonly unknown[] => {
    const text = typeof frame === 'string' || !jsonOptions.binary ? frame : fromUtf8(frame)
    // Bytes are a message.
    return typeof text === 'string' ? splitJsonTexts(text, separator).map((part) => one.decode(part)) : [text]
  }
  return framed({ ...one, decode })
}
