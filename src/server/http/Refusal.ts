import { fitReason } from '../../connection/closeCodes.js'
import { isError } from '../verdict.js'

/**
 * An error that refuses a client with a close code and a reason; thrown or returned by `authorize`, or thrown by `params`. A browser cannot see the status of a refused
 * upgrade, so the connection is accepted and then closed.
 */
export class Refusal extends Error {
  /** Always `'Refusal'`. */
  override readonly name = 'Refusal'
  /** The close code: 4400 bad parameters, 4401 not signed in, 4403 forbidden, 4429 too many, or one of the app's own from 3000 to 4999. */
  readonly code: number
  /** What the client reads: at most 123 bytes of UTF-8, cut if longer. It must not contain a secret. */
  readonly reason: string

  /** Replaces a code that must not be sent by 4403; never throws. */
  constructor(code: number = 4401, reason: string = '') {
    super(reason)
    this.code = Number.isInteger(code) && code >= 3000 && code <= 4999 ? code : 4403
    this.reason = fitReason(reason)
  }
}

/** Whether an error is a `Refusal`. An app may hold two copies of the package (ESM and CJS), so this does not ask `instanceof`. */
export const isRefusal = (error: unknown): error is Refusal => {
  const { name, code, reason } = (error ?? {}) as Partial<Refusal>
  return isError(error) && name === 'Refusal' && typeof code === 'number' && typeof reason === 'string'
}
