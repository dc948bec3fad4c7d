import type { Action, Dispatch } from '@reduxjs/toolkit'
import type { CommandMeta } from '../actions/command.js'
import { problemOf } from '../internal/errors.js'
import type { RpcProblem } from '../rpc/types.js'

/** What went wrong, as plain data. */
export interface StreamProblem extends Omit<RpcProblem, 'code'> {
  /** The server's number (JSON-RPC 2.0 section 5.1), or a word of docs/errors.md. */
  readonly code: RpcProblem['code'] | 'no_protocol' | 'callback_failed'
}

/** Dispatches a command of RPC: what that returned, or the problem: that nobody speaks RPC on that connection, or that a middleware threw. */
export const askOver = <Returned>(
  dispatch: Dispatch,
  command: Action & { readonly meta: CommandMeta<Returned> },
  name: string,
): { readonly returned: Returned; readonly problem?: undefined } | { readonly problem: StreamProblem } => {
  try {
    const returned: unknown = dispatch(command)
    // What nobody takes, `dispatch` gives back as an action.
    if (typeof returned !== 'object' || !returned || !('type' in returned)) return { returned: returned as Returned }
  } catch (thrown) {
    const { code, message } = problemOf(thrown, 'callback_failed')
    return { problem: { code: code === 'no_protocol' ? code : 'callback_failed', message } }
  }
  const message = `Expected a connection ${JSON.stringify(name)} that speaks RPC, but nobody took "${command.type}": give createSocketMiddleware the option protocol: jsonRpc(), and put its middleware into the store.`
  return { problem: { code: 'no_protocol', message } }
}
