import { sessionProtocol, toControlFrame, type ControlFrame } from '../../../src/internal/sessionFrames.js'
import {
  createServerSocket,
  createSocketServer,
  type ServerProblem,
  type SocketServerSettings,
} from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

/** A server with sessions, and the end of a client whose WebSocket is attached to it. */
export const attachClient = (settings: SocketServerSettings = {}) => {
  const problems = createQueue<ServerProblem>()
  const closes = createQueue<readonly [code: number, reason: string]>()
  const controls = createQueue<ControlFrame>()
  const server = createSocketServer({ noServer: true, session: {}, onError: problems.push, ...settings })
  const { socket, receive, end } = createServerSocket({
    protocol: sessionProtocol(''),
    send: (frame) => {
      if (typeof frame === 'string' && frame.startsWith('$')) controls.push(JSON.parse(frame.slice(1)) as ControlFrame)
    },
    close: (code, reason) => {
      closes.push([code, reason])
      end(code, reason)
    },
    terminate: () => {},
  })
  return {
    server,
    receive,
    problems,
    closes,
    controls,
    /** Attaches the WebSocket, and asks for a session. */
    greet: () => {
      server.attach(socket, { url: '/', headers: { host: 'a' }, socket: { remoteAddress: '10.0.0.1' } })
      receive(toControlFrame({ is: 'hello', window: { messages: 10, bytes: 1_000 } }))
    },
  }
}
