import { now } from '../../internal/clock.js'
import { FORBIDDEN, INTERNAL_ERROR, isObject } from '../../internal/jsonRpc.js'
import type { ConnectionRegistry } from '../connection/registry.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import type { ServerContext } from '../context.js'
import type { Admitted, Reauthorize } from '../http/admission.js'
import type { ChannelChecks } from '../rpc/channelChecks.js'
import { RpcError } from '../rpc/RpcError.js'
import type { PendingAdmissions } from './pendingAdmissions.js'

/** Until when a client is authorised, as `$/authenticate` is answered. Both members are null without an end. */
export interface GrantedAuthorization {
  /** Milliseconds since the epoch, by the clock of the server. */
  readonly expiresAt: number | null
  /** Milliseconds from now on: the clock of the client may differ. */
  readonly expiresIn: number | null
}

/** Answers `$/authenticate`: takes fresh credentials, or without any tells until when the client is authorised. @throws RpcError */
export type Reauthenticate = (
  connection: InternalConnection,
  params: unknown,
  signal: AbortSignal,
) => Promise<GrantedAuthorization>

/** What {@link createReauthentication} needs. */
export interface ReauthenticationConfig {
  readonly context: ServerContext
  readonly registry: Pick<ConnectionRegistry, 'reidentify'>
  readonly beginAdmission: PendingAdmissions['begin']
  readonly reauthorize: Reauthorize
  readonly channelChecks: Pick<ChannelChecks, 'checkAgain'>
}

const authorizationOf = ({ identity: { expiresAt } }: InternalConnection): GrantedAuthorization =>
  expiresAt === Infinity
    ? { expiresAt: null, expiresIn: null }
    : { expiresAt, expiresIn: Math.max(0, expiresAt - now()) }

/** Whether fresh credentials are of the user that the connection has. */
const isSameUser = (
  { options, report }: ServerContext,
  { identity: { userId, owner }, view }: InternalConnection,
  admitted: Admitted,
): boolean => {
  if (options.userId ?? options.session?.owner)
    return admitted.identity.userId === userId && admitted.identity.owner === owner
  if (typeof admitted.user !== 'object') return admitted.user === view.user
  const message =
    'Fresh credentials were refused: without the option "userId" the server cannot tell whose they are. Add it: createSocketServer({ userId: (user) => user.id }).'
  report({ code: 'handler_failed', message, connection: view })
  return false
}

/** Creates what answers `$/authenticate`; `undefined` without the option `authorize`. */
export const createReauthentication = ({
  context,
  registry,
  beginAdmission,
  reauthorize,
  channelChecks,
}: ReauthenticationConfig): Reauthenticate | undefined => {
  if (!context.options.authorize) return undefined
  return async (connection, params, signal) => {
    const { view } = connection
    const credentials = isObject(params) ? params['credentials'] : undefined
    if (credentials === undefined) return authorizationOf(connection)
    const endAdmission = beginAdmission()
    const decision = endAdmission(await reauthorize(view.req, view.params, credentials, signal))
    if (signal.aborted) throw new Error('cancelled')
    if ('code' in decision) {
      const { code, reason } = decision
      if (code === 1011) throw new RpcError(INTERNAL_ERROR, 'Internal error')
      throw new RpcError(FORBIDDEN, reason || 'The credentials are refused', { code })
    }
    if (!isSameUser(context, connection, decision))
      throw new RpcError(FORBIDDEN, 'The credentials are those of another user: connect again', { code: 4403 })
    Object.assign(view, { user: decision.user })
    registry.reidentify(connection, decision.identity)
    channelChecks.checkAgain(connection)
    return authorizationOf(connection)
  }
}
