import type { Secret, WebSocketClass } from '../connection/types.js'
import { codedError } from '../internal/errors.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

const MASK = '…'

/** The values. Nobody who prints a secret can read them. */
const values = new WeakMap<object, string>()

/**
 * Marks a subprotocol that carries a credential. Needs `secretFeature`. The value is sent to the server and appears in no action, state, error or log;
 * where the server selects it, `protocol` is `''`. For the option `protocols`, or a function that returns them; not for `socketConnect`, whose payload is an
 * action. See docs/features.md.
 *
 * @example
 * createSocketMiddleware.with(secretFeature)({ protocols: () => ['v1', secret(`bearer.${token}`)] })
 */
export const secret = (value: string): Secret => {
  const mask = () => MASK
  // A text of this length too: the connection offers protocols that are not empty, one text or several.
  const made: Secret = Object.defineProperty({ toString: mask, toJSON: mask }, 'length', { value: MASK.length })
  values.set(made, value)
  return made
}

/** Creates a socket whose `protocol` never shows a secret, and whose errors do not either. */
const connectWith = (Class: WebSocketClass, url: string, protocols: string[], secrets: readonly string[]) => {
  let socket
  try {
    socket = new Class(url, protocols)
  } catch {
    // The text of the runtime quotes the subprotocol.
    throw codedError(
      'invalid_url',
      __DEV__
        ? "The WebSocket class refused the url or a subprotocol. A secret() must be a token (RFC 9110, section 5.6.2): letters, digits and !#$%&'*+-.^_`|~."
        : '',
    )
  }
  // A class may have it as an accessor of the prototype, as browsers do, or assign it to the instance, as React Native does.
  let own = Object.getOwnPropertyDescriptor(socket, 'protocol')?.value as string | undefined
  const prototype = Object.getPrototypeOf(socket) as object
  Object.defineProperty(socket, 'protocol', {
    configurable: true,
    enumerable: true,
    get: () => {
      const selected = own ?? (Reflect.get(prototype, 'protocol', socket) as string)
      return secrets.includes(selected) ? '' : selected
    },
    set: (selected: string) => {
      own = selected
    },
  })
  return socket
}

/** Sends the values of {@link secret}. See docs/features.md. */
export const secretFeature: Feature<never> = {
  options: [],
  order: order.secrets,
  settings: (_options, { findClass }) => ({
    findClass: () => {
      const Class = findClass()
      return function (url: string, given?: unknown) {
        const isSecret = (one: unknown) => typeof one === 'object' && one !== null && values.has(one)
        const offered = ([] as unknown[]).concat(given ?? [])
        const secrets = offered.filter(isSecret).map((one) => values.get(one as object)!)
        if (!secrets.length) return new Class(url, given as string[])
        const protocols = offered.map((one) => (isSecret(one) ? values.get(one as object)! : (one as string)))
        return connectWith(Class, url, protocols, secrets)
      } as unknown as WebSocketClass
    },
  }),
}
