import { useEffect } from 'react'
import type { ConnectOptions } from '../actions/commands.js'
import { stableHash } from '../internal/stableHash.js'
import { socketOf } from '../state/socketSelectors.js'
import { nameOf, useHookContext, type HooksConfig, type NameOrActions } from './storeContext.js'
import { useLatest } from './tracked.js'

/** Where a component wants to be connected to: the options of `socketConnect`. */
export interface UseSocketConnectionOptions extends ConnectOptions {
  /** Whether not to connect, for now. @default false */
  readonly skip?: boolean
}

/** Creates `useSocketConnection`. */
export const createUseSocketConnection =
  (config: HooksConfig) =>
  (given: UseSocketConnectionOptions = {}, target: NameOrActions = config.name): void => {
    const { selectSockets } = config
    const name = nameOf(target)
    const { store, controls, connections } = useHookContext('useSocketConnection', config, name)
    const { skip = false, ...options } = given
    const latest = useLatest(options)
    const key = skip ? undefined : stableHash(options)
    useEffect(() => {
      if (key === undefined) return undefined
      const status = () => socketOf(selectSockets(store.getState() as never), name).status
      const end = () => {
        if (status() !== 'closed' && status() !== 'failed') void controls.close()
      }
      const { value, release } = connections.acquire('', () => ({ key: '', end }))
      // Once, not for each component: a connect ends the wait for a retry. A connection that has failed gets another chance.
      if (value.key !== key || status() === 'failed') {
        value.key = key
        void controls.connect(latest.current)
      }
      return release
    }, [key, name, store, controls, connections, latest, selectSockets])
  }
