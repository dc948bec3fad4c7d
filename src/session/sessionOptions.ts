import type { SessionWindow } from '../internal/sessionFrames.js'
import type { Check } from '../internal/optionChecks.js'
import { anObject, checkGroup, checkMembers, milliseconds } from '../middleware/checkOptions.js'
import { codedError } from '../internal/errors.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'

/** The window of the client. */
export const windowOf = ({ session }: SocketMiddlewareOptions): SessionWindow => ({
  messages: session?.maxMessages ?? 1_000,
  bytes: session?.maxBytes ?? 1_048_576,
})

const atLeastOne: Check = ['a number, 1 or more', (value) => typeof value === 'number' && value >= 1]

/** Throws `invalid_option`. Development only. */
export const checkSession = ({ codec, codecs, session }: SocketMiddlewareOptions): void => {
  checkMembers({ session }, { session: anObject })
  checkGroup('session', session, {
    maxMessages: atLeastOne,
    maxBytes: atLeastOne,
    ackInterval: milliseconds,
    storage: [
      'what indexedDbStorage() or customStorage() returns',
      (value) => typeof (value as { open?: unknown } | null)?.open === 'function',
    ],
  })
  if (!session || ![codec, ...(codecs ?? [])].some((one) => one?.plainText)) return
  throw codedError(
    'invalid_option',
    'createSocketMiddleware: expected a codec whose messages are not plain text beside "session", got text() or raw(): a session cannot tell its own frames from texts of the app. Use json(), cbor() or msgpack(), or leave "session" out.',
  )
}
