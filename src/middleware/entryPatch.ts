import { socketNameOf } from '../actions/creators.js'
import type { ConnectionContext } from './feature.js'

/**
 * Creates the function that sets values of the connection's entry in the store: `context.part(entryPatch)`. The next action of the connection carries them to
 * the reducer, in `meta.state`.
 */
export const entryPatch = ({ name, store }: ConnectionContext): ((values: object) => void) => {
  let state: object | undefined
  store.stamp = (action) => {
    if (!state || socketNameOf(action) !== name) return action
    const meta = { ...(action.meta as object), state }
    state = undefined
    return { ...action, meta }
  }
  return (values) => {
    state = { ...state, ...values }
    store.expect(values)
  }
}
