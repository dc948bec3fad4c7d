import { fitReason } from '../../connection/closeCodes.js'

/**
 * Thrown by `authorize` or `params`, it says with which close code and words a connection is refused. A browser can't see the status of a
 * refused upgrade, so the connection is accepted and then closed.
 */
export class Refusal extends Error {
  /** Always `'Refusal'`. */
  override readonly name = 'Refusal'
  /** The close code: 4400 bad parameters, 4401 not signed in, 4403 forbidden, 4429 too many, or one of the app's own from 3000 to 4999. */
  readonly code: number
  /** What the client reads: at most 123 bytes of UTF-8, cut if longer. Put no secret into it. */
  readonly reason: string

  /** @throws nothing: a code that may not be sent becomes 4403 */
  constructor(code: number = 4401, reason: string = '') {
    super(reason)
    this.code = Number.isInteger(code) && code >= 3000 && code <= 4999 ? code : 4403
    this.reason = fitReason(reason)
  }
}
