import { createNextState, isDraft, original, type Draft } from '@reduxjs/toolkit'

/** Puts one push into the data: changes the draft, or returns what replaces it. */
export type Apply<Data, Push> = (draft: Draft<Data>, push: Push) => unknown

/** Changes the data of a cache entry, as `updateCachedData` does. */
export type Update = (recipe: (data: unknown) => unknown) => unknown

/** A push replaces the data, which a single change for several pushes cannot express. */
class Replaced extends Error {}

/**
 * Puts pushes into the data: several as one change. When one of them throws, or returns what replaces the data, they are put in one by one: `apply` may then
 * be called twice with a push, and the first result is discarded. A push for which `apply` throws is reported and left out.
 */
export const createApply = <Data, Push>(
  apply: Apply<Data, Push>,
  update: Update,
  report: (error: unknown) => void,
): ((pushes: readonly Push[]) => void) => {
  let isOneByOne = false

  const applyTogether = (pushes: readonly Push[]) =>
    update((draft) => {
      if (!isDraft(draft)) throw new Replaced()
      for (const push of pushes) {
        const result = apply(draft as Draft<Data>, push)
        if (result !== undefined && result !== draft) throw new Replaced()
      }
    })
  const applyOne = (data: unknown, push: Push): unknown => {
    try {
      return createNextState(data, (draft) => apply(draft as Draft<Data>, push) as never)
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
    if (!isOneByOne) {
      try {
        applyTogether(pushes)
        return
      } catch (error) {
        // A push that throws may be the only one; pushes that replace the data usually all do.
        isOneByOne = error instanceof Replaced
      }
    }
    applyOneByOne(pushes)
  }
}
