import type { Socket } from 'node:net'
import { WebSocketServer, type VerifyClientCallbackSync } from 'ws'
import { messageOf } from '../../internal/errors.js'
import { chooseSubprotocol } from '../codecs.js'
import type { SocketAcceptor } from '../connection/acceptSocket.js'
import type { ServerContext } from '../context.js'
import type { WsOptions } from '../options.js'
import type { LimitConnections } from './connectionLimits.js'
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
  readonly acceptor: Pick<SocketAcceptor, 'accept'>
  readonly limitConnections: LimitConnections
  readonly isClosing: () => boolean
}

/**
 * Wraps the option `verifyClient` of `ws`, which takes any truthy value for a yes, a promise too: here only `true` is one. The number of parameters says
 * which of the two kinds it is.
 */
const strictVerifyClient = (
  verify: WsOptions['verifyClient'],
  reportVerdict: ServerContext['reportVerdict'],
  reportThrown: (error: unknown) => void,
): WsOptions['verifyClient'] => {
  if (!verify) return undefined
  const isYes = (verdict: unknown): boolean => {
    if (verdict !== true) reportVerdict('verifyClient', verdict, 'true')
    return verdict === true
  }
  if (verify.length !== 2) {
    const decide: VerifyClientCallbackSync = (info) => isYes((verify as VerifyClientCallbackSync)(info))
    return decide
  }
  return (info, done) => {
    let isDecided = false
    // Once: after an upgrade ws would write a second decision into the open connection.
    const decide: typeof done = (verdict, ...rest) => {
      if (isDecided) return
      isDecided = true
      done(isYes(verdict), ...rest)
    }
    void refuseOnRejection(verify(info, decide), decide, reportThrown)
  }
}

/** Refuses an upgrade whose `verifyClient` is an async function that rejects, which would end the process. */
const refuseOnRejection = async (
  result: unknown,
  done: (verdict: boolean, code: number) => void,
  reportThrown: (error: unknown) => void,
): Promise<void> => {
  try {
    await result
  } catch (error) {
    reportThrown(error)
    done(false, 500)
  }
}

/** Creates the function that upgrades requests to WebSockets. It never throws. */
export const createUpgrade = ({ context, acceptor, limitConnections, isClosing }: UpgradeConfig): HandleUpgrade => {
  const { options, limits, codecs, report, reportVerdict, emit } = context
  const reportThrown = (error: unknown) =>
    report({ code: 'handler_failed', message: `Upgrading a connection threw: ${messageOf(error)}`, error })
  const verifyClient = strictVerifyClient(options.verifyClient, reportVerdict, reportThrown)
  const wss = new WebSocketServer({
    handleProtocols: (offered) => chooseSubprotocol(codecs, offered, limits.session !== undefined),
    clientTracking: false,
    ...wsOptionsOf(options),
    ...(verifyClient && { verifyClient }),
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
      wss.handleUpgrade(req, socket, head, (ws) => acceptor.accept(ws, req, groups))
    } catch (error) {
      // Some options of `ws` are functions of the app. Or another upgrade has taken the socket, which must then stay untouched.
      reportThrown(error)
      if (!(socket as Socket).bytesWritten) rejectUpgrade(socket, '500 Internal Server Error')
    }
  }
}
