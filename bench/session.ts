// One `socketSend` and one received message with a session, against the same without: the time in which all frames are counted, kept and acknowledged.
import { createSocketMiddleware, socketSend } from '../src/index.js'
import { sessionFeature } from '../src/session/index.js'
import { actionFrames, createOurs, postAt, updated } from './support/app.js'
import { interleave, printTimes } from './support/measure.js'
import { InProcessSocket } from './support/socket.js'

const WINDOW = { messages: 1_000, bytes: 1_048_576 }

/** Answers as the companion server does: it acknowledges at a quarter of the window of the client. */
class SessionSocket extends InProcessSocket {
  override readonly protocol = 'reduplex.session.1' as ''
  taken = 0

  override send(data: unknown): void {
    super.send(data)
    if (typeof data === 'string' && data.startsWith('$')) {
      if (data.includes('"is":"hello"'))
        this.#control({ is: 'welcome', resumed: false, id: 'c', key: 'k', ttl: 1, window: WINDOW, maxPayload: 1e6 })
    } else if (++this.taken % 250 === 0) this.#control({ is: 'ack', received: this.taken })
  }

  #control(frame: object): void {
    queueMicrotask(() => this.deliver(`$${JSON.stringify(frame)}`))
  }
}

const create = createSocketMiddleware.with(sessionFeature)
const withSession = await createOurs({ WebSocket: SessionSocket, session: {}, accept: updated }, 'slice', create)
const sessionSocket = InProcessSocket.last as SessionSocket
const without = await createOurs({ WebSocket: InProcessSocket, accept: updated })
const plainSocket = InProcessSocket.last

// An acknowledgement comes between two rounds, as a message of the network does.
const between = () => new Promise<void>((resolve) => setTimeout(resolve, 1))
const bar = { is: '≤', than: 1.25 } as const

const sends = await interleave(
  (n) => withSession.dispatch(socketSend(postAt(n))),
  (n) => without.dispatch(socketSend(postAt(n))),
  { rounds: 400, count: 250, between },
)
if (sessionSocket.taken !== 250 * 480) throw new Error(`session: the server took ${sessionSocket.taken} messages`)
printTimes('socketSend with a session', sends, '×', bar)

const deliver = (socket: InProcessSocket) => (n: number) => socket.deliver(actionFrames[n % actionFrames.length]!)
const receives = await interleave(deliver(sessionSocket), deliver(plainSocket), { rounds: 400, count: 250, between })
if (withSession.messages() !== without.messages())
  throw new Error('session: the two stores did not get the same messages')
printTimes('receive with a session', receives, '×', bar)
withSession.dispose()
without.dispose()
