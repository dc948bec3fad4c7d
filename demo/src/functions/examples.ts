import type { Remote, RemoteCall } from '../../../src/rpc/index.js'
import type { Functions } from '../../functions/methods.js'

/** A call that the page offers. */
export interface Example {
  /** As it stands in code. */
  readonly code: string
  readonly hint: string
  /** `ticket` is its own, each time. */
  readonly call: (remote: Remote<Functions>, ticket: string) => RemoteCall<unknown>
  /** Whether the server can tell what became of it. */
  readonly isTracked?: boolean
}

// As a page of yesterday would: the server does not have it any more.
type Yesterday = Remote<Functions & { fly: (params: { to: string }) => string }>

export const examples: readonly Example[] = [
  { code: 'add([2, 3])', hint: 'quick', call: (remote) => remote.add([2, 3]) },
  {
    code: 'sleep({ seconds: 5 })',
    hint: 'slow, can be aborted',
    call: (remote, ticket) => remote.sleep({ seconds: 5, ticket }),
    isTracked: true,
  },
  {
    code: 'withdraw({ amount: 100 })',
    hint: 'refused, with data',
    call: (remote) => remote.withdraw({ amount: 100 }),
  },
  // @ts-expect-error -- the types would not let it pass; the server's schema does not either
  { code: "add([2, 'three'])", hint: 'wrong params', call: (remote) => remote.add([2, 'three']) },
  {
    code: "fly({ to: 'Mars' })",
    hint: 'no such function',
    call: (remote) => (remote as Yesterday).fly({ to: 'Mars' }),
  },
]
