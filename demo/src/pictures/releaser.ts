import type { Middleware } from '@reduxjs/toolkit'
import type { BinaryExtension } from '../../../src/index.js'
import { selectReceived, type picturesReducer } from './picturesSlice.js'

interface WithPictures {
  readonly pictures: ReturnType<typeof picturesReducer>
}

/** Received bytes live as long as the page's list has their handle: released by a button, or pushed out by newer ones. */
export function createReleaser({
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
