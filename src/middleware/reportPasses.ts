import { noHooks } from '../internal/hookLists.js'
import type { ConnectionContext } from './feature.js'

type Next = (action: unknown) => unknown

/** Development only: reports each action that goes on to the next middleware, for `recordActions` of `reduplex/testing`. */
export const reportPasses =
  ({ hooks }: ConnectionContext, handle: (next: Next) => Next) =>
  (next: Next): Next =>
    handle((action) => {
      for (const onPass of hooks.lists.onPass ?? noHooks) onPass(action)
      return next(action)
    })
