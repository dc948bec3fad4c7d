import { json } from '../codec/json.js'
import type { Codec } from '../codec/types.js'

/** The codecs of a connection, and the one in use. */
export interface Codecs {
  /** What several codecs are called on offer; one alone is not offered, for a server that knows no subprotocols would refuse it. */
  readonly subprotocols: readonly string[]
  /** Whether the server may choose another one than the preferred. */
  readonly mayChange: boolean
  /** Whether every text is a message to one of them. */
  readonly isPlainText: boolean
  /** The one in use; before the first open the preferred one. */
  readonly current: () => Codec
  /** Uses what the server chose; the last one when it chose none of them. Whether that is another than before. */
  readonly choose: (protocol: string) => boolean
}

/** Creates it out of the option `codec`, the preferred one first. */
export const createCodecs = (given: Codec<never> | readonly Codec<never>[] = json()): Codecs => {
  const codecs = ([] as unknown[]).concat(given) as Codec[]
  let current = codecs[0]!
  return {
    subprotocols: codecs.length > 1 ? codecs.flatMap(({ subprotocol = [] }) => subprotocol) : [],
    mayChange: codecs.length > 1,
    isPlainText: codecs.some(({ plainText }) => plainText),
    current: () => current,
    choose: (protocol) => {
      const before = current
      current = codecs.find(({ subprotocol }) => subprotocol === protocol) ?? codecs.at(-1)!
      return current !== before
    },
  }
}
