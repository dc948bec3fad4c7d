import { aFunction } from '../internal/optionChecks.js'
import { checkGroup, checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import type { Lifecycle } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { createEarlyRetry } from '../features/pageLifecycle.js'

const createLifecycleHooks = (
  { connection, guard, hooks, taskQueue }: FeatureContext,
  { isOnline, onPause, onResume }: Lifecycle,
): FeatureHooks => {
  const { events, retry } = connection
  const hasNetwork = () => !isOnline || guard('lifecycle.isOnline', () => isOnline()) !== false
  const retryEarly = createEarlyRetry(connection, hasNetwork)
  let stops: readonly unknown[] = []
  let isPaused = false
  const pause = () => {
    isPaused = true
    taskQueue.enqueue(() => {
      if (!retry.isWaiting()) return
      retry.moveTo(Infinity)
      events.note({ retryAt: null })
    })
  }
  const resume = () => {
    isPaused = false
    taskQueue.enqueue(() => {
      hooks.run('onWake')
      retryEarly(true)
    })
  }
  return {
    holdsRetry: () => isPaused || !hasNetwork(),
    onActive: (isActive) => {
      for (const stop of stops) if (typeof stop === 'function') guard('lifecycle', stop as () => unknown)
      stops = []
      // A resume while the connection is not active is not seen. A command that restarts the connection makes it active again within the same task.
      if (!isActive) return taskQueue.enqueue(() => (isPaused &&= stops.length > 0))
      stops = [guard('lifecycle.onPause', () => onPause(pause)), guard('lifecycle.onResume', () => onResume(resume))]
    },
  }
}

const isLifecycle = (value: unknown): boolean =>
  isOptionsObject(value) && value['onPause'] !== undefined && value['onResume'] !== undefined

/**
 * Follows the app by the option `lifecycle`, in place of the events of the page: no retry in the background, and a check of the peer on the way back.
 * See docs/recipes/react-native.md.
 */
export const lifecycleFeature: Feature<'lifecycle'> = {
  options: ['lifecycle'],
  order: order.page,
  check: __DEV__
    ? ({ lifecycle }) => {
        checkMembers({ lifecycle }, { lifecycle: ['an object with "onPause" and "onResume"', isLifecycle] })
        checkGroup('lifecycle', lifecycle, { onPause: aFunction, onResume: aFunction, isOnline: aFunction })
      }
    : undefined,
  create: (context) => {
    const { lifecycle } = context.options
    return lifecycle && createLifecycleHooks(context, lifecycle)
  },
}
