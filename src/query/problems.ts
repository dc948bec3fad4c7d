import type { RpcProblem } from '../rpc/types.js'

/** What went wrong, as plain data. */
export interface StreamProblem extends Omit<RpcProblem, 'code'> {
  /** The server's number (JSON-RPC 2.0 section 5.1), or a word of docs/errors.md. */
  readonly code: RpcProblem['code'] | 'no_rpc' | 'callback_failed'
}

/** Nobody speaks RPC on that connection. */
export const noRpc = (type: string, name: string): StreamProblem => ({
  code: 'no_rpc',
  message: `Expected a connection ${JSON.stringify(name)} that speaks RPC, but nobody took "${type}": give createSocketMiddleware the option protocol: jsonRpc(), and put its middleware into the store.`,
})
