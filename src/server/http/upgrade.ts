import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { messageOf } from '../../internal/errors.js'
import type { createAccept } from '../connection/acceptSocket.js'
import { chooseProtocol } from '../codecs.js'
import { answerUpgrade, type TakeUpgrade } from './listen.js'
import { wsOptionsOf, type Limits, type SocketServerOptions } from '../options.js'
import type { Report } from '../problems.js'
import type { ServerCodec } from '../types.js'

/** What an upgrade leads to. */
export interface UpgradeConfig {
  readonly options: SocketServerOptions
  readonly limits: Limits
  readonly codecs: readonly ServerCodec[]
  readonly report: Report
  readonly accept: ReturnType<typeof createAccept>['accept']
  readonly isClosing: () => boolean
}

/** Creates what makes WebSockets of upgrade requests. It never throws. */
export const createUpgrade = ({ options, limits, codecs, report, accept, isClosing }: UpgradeConfig): TakeUpgrade => {
  const wss = new WebSocketServer({
    handleProtocols: (offered) => chooseProtocol(codecs, offered),
    clientTracking: false,
    ...wsOptionsOf(options),
    maxPayload: limits.maxPayload,
    noServer: true,
  })
  return (req, socket, head, groups) => {
    if (isClosing()) return answerUpgrade(socket, '503 Service Unavailable')
    try {
      wss.handleUpgrade(req, socket, head, (ws) => accept(ws, req, groups))
    } catch (error) {
      // Of the options of `ws` some are functions; or somebody else has taken the socket, and then it is theirs.
      report({ code: 'handler_failed', message: `Upgrading a connection threw: ${messageOf(error)}`, error })
      if (!(socket as Socket).bytesWritten) answerUpgrade(socket, '500 Internal Server Error')
    }
  }
}
