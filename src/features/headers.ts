import type { WebSocketClass } from '../connection/types.js'
import { codedError } from '../internal/errors.js'
import { checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** A class that takes options as its third argument. */
type ClassWithOptions = new (
  url: string,
  protocols: string | string[] | undefined,
  options: { readonly headers: object },
) => InstanceType<WebSocketClass>

/** Whether a class, or one that it extends, declares a third parameter: those of `ws` and React Native do, those of browsers and of Node do not. */
const takesOptions = (Class: unknown): boolean =>
  typeof Class === 'function' && (Class.length > 2 || takesOptions(Object.getPrototypeOf(Class)))

/** Adds the option `headers`. See docs/features.md. */
export const headersFeature: Feature<'headers'> = {
  options: ['headers'],
  order: order.headers,
  check: __DEV__
    ? ({ headers }) =>
        checkMembers(
          { headers },
          {
            headers: [
              'an object of texts or a function',
              (value) =>
                typeof value === 'function' ||
                (isOptionsObject(value) && Object.values(value).every((one) => typeof one === 'string')),
            ],
          },
        )
    : undefined,
  settings: ({ headers }, { findClass }) =>
    headers
      ? {
          findClass: () => {
            const Class = findClass()
            if (!takesOptions(Class)) {
              throw codedError(
                'no_websocket',
                __DEV__
                  ? 'Expected a WebSocket class that takes headers, got one that takes none: browsers and the global class of Node have no such argument. Give the option "WebSocket" the class of the package ws, or send the credentials in "params", "protocols" or a handshake.'
                  : '',
              )
            }
            return function (url: string, protocols?: string | string[]) {
              const given = typeof headers === 'function' ? headers() : headers
              return new (Class as ClassWithOptions)(url, protocols, { headers: given })
            } as unknown as WebSocketClass
          },
        }
      : {},
}
