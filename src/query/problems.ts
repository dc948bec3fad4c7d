import type { Action, Dispatch } from '@reduxjs/toolkit'
import type { CommandMeta } from '../actions/command.js'
import { problemOf, said, show } from '../internal/errors.js'
import type { RpcProblem } from '../rpc/types.js'

/** What went wrong, as plain data. */
export interface StreamProblem extends Omit<RpcProblem, 'code'> {
  /** The server's number (JSON-RPC 2.0 section 5.1), or a code of docs/errors.md. */
  readonly code: RpcProblem['code'] | 'no_protocol' | 'callback_failed'
}

/** What `dispatch` returned for a command, or why the command could not be carried out. */
export type Dispatched<Returned> =
  | { readonly returned: Returned; readonly problem?: undefined }
  | { readonly problem: StreamProblem; readonly returned?: undefined }

/** Dispatches a command. It fails when the store has no middleware for the connection, and when a middleware throws. */
export const dispatchCommand = <Returned>(
  dispatch: Dispatch,
  command: Action & { readonly meta: CommandMeta<Returned> },
): Dispatched<Returned> => {
  try {
    const returned: unknown = dispatch(command)
    // An action that no middleware carries out is returned as it is.
    if (typeof returned !== 'object' || !returned || !('type' in returned)) return { returned: returned as Returned }
  } catch (error) {
    const { code, message } = problemOf(error, 'callback_failed')
    return { problem: { code: code === 'no_protocol' ? code : 'callback_failed', message } }
  }
  const message = __DEV__
    ? `No middleware of the connection ${show(command.meta.socket)} carried out ${show(command.type)}: give createSocketMiddleware the option protocol: jsonRpc(), and add its middleware to the store.`
    : said('no_protocol')
  return { problem: { code: 'no_protocol', message } }
}
