import type { Remote, RemoteCall } from '../../../src/rpc/index.js'
import type { Functions } from '../../functions/methods.js'

/** A call that the page offers. */
export interface Example {
  /** The call as source code. */
  readonly code: string
  readonly hint: string
  /** `ticket` is unique for each call. */
  readonly call: (remote: Remote<Functions>, ticket: string) => RemoteCall<unknown>
  /** Whether the server can report the outcome of an aborted call. */
  readonly hasOutcome?: boolean
}

// The types of an older server, which had one more function.
type OldFunctions = Remote<Functions & { fly: (params: { to: string }) => string }>

export const examples: readonly Example[] = [
  { code: 'add([2, 3])', hint: 'quick', call: (remote) => remote.add([2, 3]) },
  {
    code: 'sleep({ seconds: 5 })',
    hint: 'slow, can be aborted',
    call: (remote, ticket) => remote.sleep({ seconds: 5, ticket }),
    hasOutcome: true,
  },
  {
    code: 'withdraw({ amount: 100 })',
    hint: 'error with data',
    call: (remote) => remote.withdraw({ amount: 100 }),
  },
  // @ts-expect-error -- the schema of the server rejects it, too
  { code: "add([2, 'three'])", hint: 'invalid params', call: (remote) => remote.add([2, 'three']) },
  {
    code: "fly({ to: 'Mars' })",
    hint: 'unknown function',
    call: (remote) => (remote as OldFunctions).fly({ to: 'Mars' }),
  },
]
