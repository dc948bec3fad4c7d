import { toError } from './messages.js'
import type { RequestHandle, RequestResult } from './types.js'

/** A request's handle: a promise that never rejects, with `unwrap` and `abort`. */
export const createHandle = (promise: Promise<RequestResult<unknown>>, abort: () => void): RequestHandle =>
  Object.assign(promise, {
    abort,
    unwrap: async () => {
      const { data, error } = await promise
      if (error) throw toError(error)
      return data
    },
  }) as RequestHandle
