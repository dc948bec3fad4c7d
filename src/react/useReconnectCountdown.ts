import { useEffect, useReducer } from 'react'
import { at, now } from '../internal/clock.js'
import { nameOf, type HooksConfig, type NameOrActions } from './storeContext.js'
import { useSocketState } from './useSocket.js'

const SECOND = 1_000

/** Creates `useReconnectCountdown`. */
export const createUseReconnectCountdown =
  (config: HooksConfig) =>
  (target: NameOrActions = config.name): number | null => {
    const { retryAt } = useSocketState('useReconnectCountdown', config, nameOf(target)).state
    const [ticks, tick] = useReducer((count: number) => count + 1, 0)
    const left = retryAt === null ? null : Math.max(0, Math.ceil((retryAt - now()) / SECOND))
    // `ticks`: after a timer that fired a little early the number is the same, and the timer must be set again.
    useEffect(
      () => (retryAt === null || !left ? undefined : at(retryAt - (left - 1) * SECOND, tick)),
      [retryAt, left, ticks],
    )
    return left
  }
