import { createNextState, isDraft, original, type Draft } from '@reduxjs/toolkit'

/** Puts one push into the data: changes the draft, or returns what replaces it. */
export type Apply<Data, Push> = (draft: Draft<Data>, push: Push) => unknown

/** Changes the data of a cache entry, as `updateCachedData` does. */
export type Update = (recipe: (data: unknown) => unknown) => unknown

/** What `apply` returns when pushes are missing. */
const missing = /* @__PURE__ */ Symbol()

/**
 * Returned by `apply` when the push shows that others are missing, such as a gap in sequence numbers: `return refetch()`. What the push has changed in the draft is
 * discarded, the stream is `stale`, and the entry is fetched again, once. Pushes meanwhile are kept and put into the result, so `apply` must ignore those
 * that it contains. See docs/rtk-query.md.
 */
export const refetch = (): symbol => missing

/** Discards a change: that of a push which shows a gap, and one for several pushes of which one replaces the data. */
const discard = (): never => {
  throw new Error()
}

/**
 * Puts pushes into the data: several as one change. When one of them throws, or returns what replaces the data, they are put in one by one; when one shows
 * that others are missing, those before it are put in. `apply` may then be called twice with a push, and the first result is discarded. A push for which
 * `apply` throws is reported and left out. Returns whether pushes are missing; those after the gap are then left out.
 */
export const createApply = <Data, Push>(
  apply: Apply<Data, Push>,
  update: Update,
  report: (error: unknown) => void,
): ((pushes: readonly Push[]) => boolean) => {
  let isOneByOne = false
  /** How many pushes come before the one that shows a gap; -1 without one. */
  let gap = -1

  const applyTo = (draft: unknown, push: Push, index: number): unknown => {
    const result = apply(draft as Draft<Data>, push)
    if (result !== missing) return result
    gap = index
    return discard()
  }
  const applyTogether = (pushes: readonly Push[]) =>
    update((draft) => {
      isOneByOne = !isDraft(draft)
      pushes.forEach((push, index) => {
        // Pushes that replace the data usually all do.
        isOneByOne ||= ![undefined, draft].includes(applyTo(draft, push, index))
        if (isOneByOne) discard()
      })
    })
  const applyOne = (data: unknown, push: Push, index: number): unknown => {
    if (gap >= 0) return data
    try {
      return createNextState(data, (draft) => applyTo(draft, push, index) as never)
    } catch (error) {
      if (gap < 0) report(error)
      return data
    }
  }
  const applyOneByOne = (pushes: readonly Push[]) =>
    update((draft) => {
      const before: unknown = isDraft(draft) ? original(draft) : draft
      const after = pushes.reduce(applyOne, before)
      // For a draft, returning nothing means that nothing changed.
      return after === before && isDraft(draft) ? undefined : after
    })

  const applyAll = (pushes: readonly Push[]): boolean => {
    gap = -1
    if (!isOneByOne) {
      try {
        applyTogether(pushes)
        return false
      } catch {
        if (gap >= 0) return applyAll(pushes.slice(0, gap)) || true
        // A push that throws may be the only one: the next ones are put in together.
      }
    }
    applyOneByOne(pushes)
    return gap >= 0
  }
  return applyAll
}
