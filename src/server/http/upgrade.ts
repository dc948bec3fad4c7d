import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { messageOf } from '../../internal/errors.js'
import { chooseSubprotocol } from '../codecs.js'
import type { SocketAcceptor } from '../connection/acceptSocket.js'
import type { ServerContext } from '../context.js'
import { createConnectionLimits } from './connectionLimits.js'
import { rejectUpgrade, type HandleUpgrade } from './listen.js'
import { wsOptionsOf } from './wsOptions.js'

/**
 * The connections end themselves: when the server closes, a client that reads slowly has more time. This is the longest delay of a timer of Node. The
 * types of `ws` do not have the option.
 */
const withoutCloseTimeout: object = { closeTimeout: 2 ** 31 - 1 }

/** What {@link createUpgrade} needs. */
export interface UpgradeConfig {
  readonly context: ServerContext
  readonly acceptor: Pick<SocketAcceptor, 'accept' | 'count'>
  readonly isClosing: () => boolean
}

/** Creates the function that upgrades requests to WebSockets. It never throws. */
export const createUpgrade = ({ context, acceptor, isClosing }: UpgradeConfig): HandleUpgrade => {
  const { options, limits, codecs, report, emit } = context
  const { accept, count } = acceptor
  const limitConnections = createConnectionLimits(limits, count)
  const wss = new WebSocketServer({
    handleProtocols: (offered) => chooseSubprotocol(codecs, offered),
    clientTracking: false,
    ...wsOptionsOf(options),
    maxPayload: limits.maxPayload,
    ...withoutCloseTimeout,
    noServer: true,
  })
  return (req, socket, head, groups) => {
    if (isClosing()) return rejectUpgrade(socket, '503 Service Unavailable')
    const limited = limitConnections(req)
    if (limited) {
      emit('refuse', limited.refused, req)
      return rejectUpgrade(socket, limited.status, 'Retry-After: 1')
    }
    try {
      wss.handleUpgrade(req, socket, head, (ws) => accept(ws, req, groups))
    } catch (error) {
      // Some options of `ws` are functions of the app. Or another upgrade has taken the socket, which must then stay untouched.
      report({ code: 'handler_failed', message: `Upgrading a connection threw: ${messageOf(error)}`, error })
      if (!(socket as Socket).bytesWritten) rejectUpgrade(socket, '500 Internal Server Error')
    }
  }
}
