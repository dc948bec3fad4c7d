import type { UnknownAction } from '@reduxjs/toolkit'
import { problemOf } from '../internal/errors.js'
import type { RpcProblem } from '../rpc/types.js'

/** What went wrong, as plain data. */
export interface StreamProblem extends Omit<RpcProblem, 'code'> {
  /** The server's number (JSON-RPC 2.0 section 5.1), or a word of docs/errors.md. */
  readonly code: RpcProblem['code'] | 'no_protocol' | 'callback_failed'
}

/** Nobody speaks RPC on that connection. */
export const noProtocol = (type: string, name: string): StreamProblem => ({
  code: 'no_protocol',
  message: `Expected a connection ${JSON.stringify(name)} that speaks RPC, but nobody took "${type}": give createSocketMiddleware the option protocol: jsonRpc(), and put its middleware into the store.`,
})

/** Dispatches a command of RPC; `undefined` when nobody takes it: then `dispatch` gives it back, or throws `no_protocol`. */
export const command = (dispatch: (action: UnknownAction) => unknown, action: UnknownAction): unknown => {
  try {
    const returned = dispatch(action)
    return (returned as Partial<UnknownAction> | null)?.type === action.type ? undefined : returned
  } catch (error) {
    if (problemOf(error, '').code === 'no_protocol') return undefined
    throw error
  }
}
