import type { Command } from '../actions/command.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import { commandOf, passOn } from './command.js'
import { requestErrors } from './failures.js'
import { createHandle } from './requestCommands.js'
import { ask, checkRequestOptions, giveUp } from './requests.js'
import { rpcOf, type Rpc } from './rpc.js'
import type { RequestHandle, RequestOptions, RequestResult } from './types.js'

// `socketReauthenticate`. The command carries its code and the credentials: an action shows neither.

/** Until when the client is authorised, as the server tells it. Both members are `null` without an end. */
export interface Authorization {
  /** Milliseconds since the epoch, by the clock of the server. */
  readonly expiresAt: number | null
  /** Milliseconds from the answer on. */
  readonly expiresIn: number | null
}

/** The options of {@link socketReauthenticate}. */
export interface ReauthenticateOptions extends Pick<RequestOptions, 'timeout' | 'signal'> {
  /** The name of the connection. @default the default connection */
  readonly name?: string | undefined
}

/** Sends `$/authenticate`. Without a connection it is dropped: on the next one the credentials would be out of date. */
export const authenticate = (
  rpc: Rpc,
  params: { readonly credentials?: unknown },
  options: RequestOptions,
  onEnd: (result: RequestResult<Authorization>) => void,
) =>
  ask(rpc, { method: '$/authenticate', params }, { ...options, whenOffline: 'drop' }, (result) =>
    onEnd(result as RequestResult<Authorization>),
  )

/**
 * Sends fresh credentials on the open connection, for a server that answers `$/authenticate` (that of `reduplex/server` does): `dispatch` returns a
 * promise of `{ data }`, the new {@link Authorization}, or `{ error }`, as a request does. The server refuses credentials of another user; the connection
 * then stays as it was. Without a connection it is dropped (`offline`). The credentials are in no action, state, error or log. See docs/rpc.md.
 *
 * @example
 * const { error } = await dispatch(socketReauthenticate({ token }))
 */
export const socketReauthenticate = (
  credentials: unknown,
  { name = DEFAULT_NAME, ...options }: ReauthenticateOptions = {},
): Command<undefined, RequestHandle<Authorization>> => {
  if (__DEV__) checkRequestOptions('socketReauthenticate', options)
  return commandOf(
    name,
    'reauthenticate',
    (context, command, next) => {
      const rpc = rpcOf(context, command)
      let abort = () => {}
      const promise = new Promise<RequestResult<Authorization>>((resolve) => {
        if (options.signal?.aborted) {
          passOn(rpc, command, { delivery: 'dropped' }, next)
          return resolve({ error: requestErrors.aborted() })
        }
        const { request, result } = authenticate(rpc, { credentials }, options, resolve)
        abort = () => giveUp(rpc, request, requestErrors.aborted())
        passOn(rpc, command, result, next)
      })
      return createHandle(promise, () => abort())
    },
    () => ({ payload: undefined, options }),
  )() as never
}
