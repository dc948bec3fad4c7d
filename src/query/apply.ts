import { createNextState, isDraft, original, type Draft } from '@reduxjs/toolkit'

/** Puts one push into the data: changes the draft, or returns what replaces it. */
export type Apply<Data, Push> = (draft: Draft<Data>, push: Push) => unknown

/** Changes the data of a cache entry, as `updateCachedData` does. */
export type Update = (recipe: (data: unknown) => unknown) => unknown

/** What `apply` returns when pushes are missing. */
const missing = /* @__PURE__ */ Symbol()

/**
 * Returned by `apply` when the push shows that others are missing, such as a gap in sequence numbers: `return refetch()`. The push changes nothing, the stream
 * is `stale`, and the entry is fetched again, once. Pushes meanwhile are kept and put into the result, so `apply` must ignore those that it contains.
 */
export const refetch = (): symbol => missing

/** A push replaces the data, which a single change for several pushes cannot express. */
class Replaced extends Error {}

/**
 * Puts pushes into the data: several as one change. When one of them throws, or returns what replaces the data, they are put in one by one: `apply` may then
 * be called twice with a push, and the first result is discarded. A push for which `apply` throws is reported and left out. Returns whether pushes are missing;
 * those after the gap are then left out.
 */
export const createApply = <Data, Push>(
  apply: Apply<Data, Push>,
  update: Update,
  report: (error: unknown) => void,
): ((pushes: readonly Push[]) => boolean) => {
  let isOneByOne = false
  let isMissing = false

  const applyTogether = (pushes: readonly Push[]) =>
    update((draft) => {
      if (!isDraft(draft)) throw new Replaced()
      for (const push of pushes) {
        const result = apply(draft as Draft<Data>, push)
        isMissing = result === missing
        if (isMissing) return
        if (result !== undefined && result !== draft) throw new Replaced()
      }
    })
  const applyOne = (data: unknown, push: Push): unknown => {
    if (isMissing) return data
    try {
      const result: unknown = createNextState(data, (draft) => apply(draft as Draft<Data>, push) as never)
      isMissing = result === missing
      return isMissing ? data : result
    } catch (error) {
      report(error)
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

  return (pushes) => {
    isMissing = false
    if (!isOneByOne) {
      try {
        applyTogether(pushes)
        return isMissing
      } catch (error) {
        // A push that throws may be the only one; pushes that replace the data usually all do.
        isOneByOne = error instanceof Replaced
      }
    }
    applyOneByOne(pushes)
    return isMissing
  }
}
