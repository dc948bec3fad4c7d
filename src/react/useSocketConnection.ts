import { useEffect } from 'react'
import type { ConnectOptions } from '../actions/commands.js'
import { useAttached } from './attach.js'
import type { HooksConfig } from './config.js'
import { keyOf } from './keyOf.js'
import { useLatest } from './latest.js'

/** Where a component wants to be connected to: as for `socketConnect`. */
export interface UseSocketConnectionOptions extends ConnectOptions {
  /** Whether it does not, for now. @default false */
  readonly skip?: boolean
}

/** Creates `useSocketConnection`. */
export const createUseSocketConnection =
  ({ context, name: own, selectSocket }: HooksConfig) =>
  (given: UseSocketConnectionOptions = {}, name: string = own): void => {
    const { store, controls, connections } = useAttached('useSocketConnection', context, name)
    const { skip = false, ...options } = given
    const latest = useLatest(options)
    const key = skip ? undefined : keyOf(options)
    useEffect(() => {
      if (key === undefined) return undefined
      const end = () => {
        const { status } = selectSocket(store.getState() as never, name)
        if (status !== 'closed' && status !== 'failed') void controls.close()
      }
      const { thing, release } = connections.hold('', () => ({ key: '', end }))
      // Not for each component: a connect ends the wait for the next attempt.
      if (thing.key !== key) {
        thing.key = key
        void controls.connect(latest.current)
      }
      return release
    }, [key, name, store, controls, connections, latest])
  }
