import { useEffect, useState } from 'react'
import { at, now } from '../internal/clock.js'
import { nameOf, type HooksConfig, type NameOrActions } from './storeContext.js'
import { useSocketState } from './useSocket.js'

/** The options of `useIsLost`. */
export interface UseIsLostOptions {
  /** How long the connection must have been lost, in milliseconds. @default 3000 */
  readonly after?: number
}

/** Creates `useIsLost`. */
export const createUseIsLost =
  (config: HooksConfig) =>
  ({ after = 3_000 }: UseIsLostOptions = {}, target: NameOrActions = config.name): boolean => {
    const { lostAt } = useSocketState('useIsLost', config, nameOf(target)).state
    const dueAt = (lostAt ?? Infinity) + after
    // Set by a timer, for a clock that is set back meanwhile.
    const [passed, pass] = useState(0)
    const isLost = passed === dueAt || now() >= dueAt
    useEffect(() => (isLost || dueAt === Infinity ? undefined : at(dueAt, () => pass(dueAt))), [isLost, dueAt])
    return isLost
  }
