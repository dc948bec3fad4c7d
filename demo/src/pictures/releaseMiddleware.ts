import type { Middleware } from '@reduxjs/toolkit'
import type { BinaryExtension } from '../../../src/index.js'
import { selectReceived, type picturesReducer } from './picturesSlice.js'

interface WithPictures {
  readonly pictures: ReturnType<typeof picturesReducer>
}

/** Releases received bytes when their handle leaves the list: removed by the user, or replaced by newer ones. */
export function createReleaseMiddleware({
  releaseBinary,
}: Pick<BinaryExtension, 'releaseBinary'>): Middleware<object, WithPictures> {
  return (api) => (next) => (action) => {
    const before = selectReceived(api.getState())
    const result = next(action)
    const after = selectReceived(api.getState())
    if (after !== before) {
      for (const { id } of before) if (!after.some((bytes) => bytes.id === id)) releaseBinary(id)
    }
    return result
  }
}
