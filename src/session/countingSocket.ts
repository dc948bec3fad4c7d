import { OPEN } from '../connection/attempt.js'
import { closeWithout } from '../connection/closeInfo.js'
import type { WebSocketLike } from '../connection/types.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { after } from '../internal/clock.js'
import { codecOfSession, isControl, isCounted, windowSize } from '../internal/sessionFrames.js'
import { leave, loseSession, sendCounted, takeControl } from './clientSession.js'
import { countDelivered, renew, type ConnectionSession, type CountingSocket } from './connectionSession.js'

interface MessageEvent {
  readonly data: ReceivedFrame
}

const loseUnanswered = (own: ConnectionSession): void => {
  own.isUnanswered = true
  own.link!.lose({ problem: unanswered(), close: closeWithout('abandoned'), delay: 0 })
}

/** The server has chosen a session, and did not answer `hello`. */
export const unanswered = () => ({
  code: 'session_unanswered',
  message: __DEV__
    ? 'The server selected the subprotocol of a session and did not answer "hello". This address is connected without a session until the next socketConnect. Check that the server has the option "session", or that it selects only subprotocols that it knows.'
    : '',
})

const onMessage = (own: ConnectionSession, socket: CountingSocket, data: ReceivedFrame, pass: () => void): void => {
  const { context, current, session } = own
  const { enqueue, run } = context.taskQueue
  const owner = socket.leaving ?? (current === socket ? session : undefined)
  if (!owner) {
    // Before `hello` the frames belong to the handshake of the app. Afterwards another socket has the session.
    if (!socket.hasGreeted) pass()
    return
  }
  if (isControl(data)) return enqueue(() => takeControl(owner, data))
  if (!isCounted(data)) return pass()
  if (owner.phase === 'greeting') return enqueue(() => loseUnanswered(own))
  if (owner.phase !== 'ready') return
  // Counted right after it was delivered, before anything that this has caused: a loss of the socket in between would make it come twice.
  const deliver = () =>
    run(() => {
      pass()
      enqueue(() => countDelivered(own, windowSize(data)))
    })
  if (own.held) own.held.push(deliver)
  else deliver()
}

/** Says `bye` before the socket is closed. `close` is called once the server has answered, or after `closeTimeout`. */
const sayBye = (own: ConnectionSession, socket: CountingSocket, close?: () => void): void => {
  const { context, session } = own
  const { onLeft } = session
  leave(session)
  socket.leaving = session
  own.session = renew(own)
  if (!close) return loseSession(session)
  const end = () => {
    cancel()
    if (!socket.leaving) return
    socket.leaving = undefined
    loseSession(session)
    close()
  }
  const cancel = after(context.options.closeTimeout ?? 2_000, end)
  session.onLeft = (frames) => {
    onLeft(frames)
    end()
  }
  socket.inner.addEventListener('close', end)
}

/** Wraps a socket. */
export const wrapSocket = (own: ConnectionSession, inner: WebSocketLike): CountingSocket => {
  const listeners: ((event: object) => void)[] = []
  const isLeaving = () =>
    own.isLeaving && own.current === socket && own.session.phase === 'ready' && inner.readyState === OPEN
  const close: WebSocketLike['close'] = (code, reason) => {
    const closeInner = () => inner.close(code, reason)
    if (!isLeaving()) return closeInner()
    sayBye(own, socket, code ? closeInner : undefined)
    // Without a code nobody waits.
    if (!code) closeInner()
  }
  const socket: CountingSocket = {
    inner,
    hasGreeted: false,
    leaving: undefined,
    get readyState() {
      return inner.readyState
    },
    get bufferedAmount() {
      return inner.bufferedAmount!
    },
    get binaryType() {
      return inner.binaryType
    },
    set binaryType(type) {
      inner.binaryType = type
    },
    get protocol() {
      return socket.codec() ?? inner.protocol
    },
    codec: () => codecOfSession(inner.protocol),
    isKeptOpen: () => socket.close !== close,
    send: (frame: Frame) => {
      if (own.current !== socket || !isCounted(frame as ReceivedFrame)) inner.send(frame)
      else sendCounted(own.session, frame, own.sendId)
    },
    close,
    ...(inner.terminate && {
      terminate: () => {
        if (isLeaving()) sayBye(own, socket)
        inner.terminate!()
      },
    }),
    addEventListener: (type, listener) => {
      if (type === 'message') listeners.push(listener)
      else
        inner.addEventListener(type, (event) => {
          // The server closes a socket from which another one has taken the session: after a handover that is no loss.
          if (!socket.hasGreeted || !own.current || own.current === socket) listener(event)
        })
    },
  }
  inner.addEventListener('message', (event) => {
    onMessage(own, socket, (event as MessageEvent).data, () => {
      for (const listener of listeners) listener(event)
    })
  })
  return socket
}
