import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { messageOf } from '../../internal/errors.js'
import { chooseSubprotocol } from '../codecs.js'
import type { SocketAcceptor } from '../connection/acceptSocket.js'
import type { ServerContext } from '../context.js'
import { wsOptionsOf } from '../optionChecks.js'
import { rejectUpgrade, type HandleUpgrade } from './listen.js'

/**
 * The connections end themselves: when the server closes, a client that reads slowly has more time. This is the longest delay of a timer of Node. The
 * types of `ws` do not have the option.
 */
const withoutCloseTimeout: object = { closeTimeout: 2 ** 31 - 1 }

/** What {@link createUpgrade} needs. */
export interface UpgradeConfig {
  readonly context: ServerContext
  readonly accept: SocketAcceptor['accept']
  readonly isClosing: () => boolean
}

/** Creates the function that upgrades requests to WebSockets. It never throws. */
export const createUpgrade = ({ context, accept, isClosing }: UpgradeConfig): HandleUpgrade => {
  const { options, limits, codecs, report } = context
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
    try {
      wss.handleUpgrade(req, socket, head, (ws) => accept(ws, req, groups))
    } catch (error) {
      // Some options of `ws` are functions of the app. Or another upgrade has taken the socket, which must then stay untouched.
      report({ code: 'handler_failed', message: `Upgrading a connection threw: ${messageOf(error)}`, error })
      if (!(socket as Socket).bytesWritten) rejectUpgrade(socket, '500 Internal Server Error')
    }
  }
}
