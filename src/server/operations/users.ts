import { codedError, show } from '../../internal/errors.js'
import { createBusCodec } from '../codecs.js'
import { checkCloseCode } from '../connection/closing.js'
import { createSharedPackets } from '../connection/packets.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import type { ServerContext } from '../context.js'
import { encodeFailed } from '../report.js'
import { validateOrReport } from '../schema.js'
import type { SocketServer, UserConnections } from '../SocketServer.js'
import { createPendingAdmissions, type PendingAdmissions } from './pendingAdmissions.js'
import { createUserLink, type CloseFrame, type UserLink } from './userLink.js'

/** The connections of this node by user, and what is sent to a user on all nodes. */
export interface Users {
  readonly add: (connection: InternalConnection) => void
  readonly remove: (connection: InternalConnection) => void
  readonly beginAdmission: PendingAdmissions['begin']
  readonly user: (id: string) => UserConnections
  readonly disconnectUser: SocketServer['disconnectUser']
  readonly stop: () => Promise<void>
}

interface UsersState {
  readonly context: ServerContext
  readonly byId: Map<string, Set<InternalConnection>>
  readonly admissions: PendingAdmissions
  /** `undefined` without a bus or without the option `userId`. */
  readonly link: UserLink | undefined
}

type ById = UsersState['byId']

const connectionsOf = (byId: ById, id: string): readonly InternalConnection[] => Array.from(byId.get(id) ?? [])

const sendLocally = (byId: ById, { report }: ServerContext, id: string, value: unknown): number => {
  const packetFor = createSharedPackets(value, (error) => report(encodeFailed(error)))
  let reached = 0
  for (const { codec, sendPacket } of connectionsOf(byId, id)) {
    const packet = packetFor(codec)
    if (packet && sendPacket(packet)) reached++
  }
  return reached
}

const disconnectLocally = (
  { byId, admissions }: Pick<UsersState, 'byId' | 'admissions'>,
  id: string,
  close: CloseFrame,
): number => {
  admissions.disconnect(id, close)
  const connections = connectionsOf(byId, id)
  for (const { view, ending } of connections) {
    // Asks for fresh credentials: a session waits for them. With any other code it is over.
    if (close.code === 4401) ending.refuse(close.code, close.reason)
    else view.close(close.code, close.reason)
  }
  return connections.length
}

/** Sends a value to the connections of a user on all nodes. Returns the number of those of this node that were reached. */
const sendToUser = ({ context, byId, link }: UsersState, id: string, value: unknown): number => {
  const valid = validateOrReport(context, value)
  if (!valid) return 0
  const reached = sendLocally(byId, context, id, valid.value)
  void link?.send(id, valid.value)
  return reached
}

const checkUserId = ({ options }: ServerContext, caller: string, id: unknown): void => {
  if (!options.userId) {
    throw codedError(
      'invalid_option',
      `${caller}: expected the option "userId", which says who a connection belongs to. Add it: createSocketServer({ userId: (user) => user.id }).`,
    )
  }
  if (typeof id === 'string' && id !== '') return
  throw codedError('invalid_option', `${caller}: expected the id of a user, a text that is not empty, got ${show(id)}.`)
}

const createUser = (state: UsersState, id: string): UserConnections => {
  checkUserId(state.context, 'server.user', id)
  return {
    id,
    get connections() {
      return connectionsOf(state.byId, id).map(({ view }) => view)
    },
    send: (value) => sendToUser(state, id, value),
    emit: (type, payload) => sendToUser(state, id, { type, payload }),
  }
}

/** Creates the users of a server. */
export const createUsers = (context: ServerContext): Users => {
  const { options, codecs, report } = context
  const byId: ById = new Map()
  const admissions = createPendingAdmissions()
  const { bus } = options
  const link =
    bus && options.userId
      ? createUserLink({
          bus,
          codec: createBusCodec(codecs[0]!),
          onValue: (id, value) => void sendLocally(byId, context, id, value),
          onDisconnect: (id, close) => void disconnectLocally({ byId, admissions }, id, close),
          report,
        })
      : undefined
  const state: UsersState = { context, byId, admissions, link }
  return {
    add: (connection) => {
      const { userId } = connection.identity
      if (userId !== undefined) byId.set(userId, (byId.get(userId) ?? new Set()).add(connection))
    },
    remove: (connection) => {
      const { userId } = connection.identity
      if (userId === undefined) return
      const connections = byId.get(userId)
      connections?.delete(connection)
      if (connections?.size === 0) byId.delete(userId)
    },
    beginAdmission: admissions.begin,
    user: (id) => createUser(state, id),
    disconnectUser: async (id, code = 4403, reason = '') => {
      checkUserId(context, 'server.disconnectUser', id)
      checkCloseCode(code)
      const closed = disconnectLocally(state, id, { code, reason })
      await link?.disconnect(id, { code, reason })
      return closed
    },
    stop: async () => await link?.stop(),
  }
}
