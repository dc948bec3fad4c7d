import type { UnknownAction } from '@reduxjs/toolkit'
import { recordActions, type ActionMatch, type ActionRecorder } from '../../src/testing/index.js'
import { toPredicate } from '../../src/testing/matching.js'

// The recorder of `reduplex/testing`, with two more names for its `next`.

export interface Recorder extends ActionRecorder {
  /** The oldest match that no `take` has returned yet: `next` of `reduplex/testing`. */
  readonly take: ActionRecorder['next']
  /** As `take`, so many times. */
  readonly takeMany: ActionRecorder['nextMany']
  /** The first match after this call; earlier actions do not count. */
  readonly next: ActionRecorder['next']
}

export const createRecorder = (): Recorder => {
  // Less than the limit of a test, whose error would not say what was recorded.
  const recorder = recordActions(undefined, undefined, { nextTimeout: 50_000 })
  const { next, nextMany } = recorder
  const nextFromNow = async (match: ActionMatch): Promise<UnknownAction> => {
    const seen = new Set(recorder.all)
    const matches = toPredicate(match, 'recorder.next')
    return await next((action) => !seen.has(action) && matches(action))
  }
  return Object.assign(recorder, { take: next, takeMany: nextMany, next: nextFromNow })
}
