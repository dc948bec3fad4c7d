// One received JSON message → store, against a hand-written `onmessage → JSON.parse → store.dispatch`.
import { actionFrames, createOurs, createTheirs, messageFrames, updated, type ReducerKind } from './support/app.js'
import { interleave, printTimes } from './support/measure.js'
import { InProcessSocket } from './support/socket.js'

const WebSocket = InProcessSocket
interface Case {
  readonly what: string
  /** Whether the frames are actions of the app. */
  readonly accepted: boolean
  readonly autoBatch?: boolean
  readonly kind?: ReducerKind
}

const compare = async ({ what, accepted, autoBatch = true, kind = 'slice' }: Case) => {
  const frames = accepted ? actionFrames : messageFrames
  const wrap = (payload: unknown) => ({ type: 'ws/message', payload })
  const ours = await createOurs({ WebSocket, autoBatch, ...(accepted && { accept: updated }) }, kind)
  const ourSocket = InProcessSocket.last
  const theirs = await createTheirs({ WebSocket, ...(!accepted && { wrap }) }, kind)
  const theirSocket = InProcessSocket.last
  const deliver = (socket: InProcessSocket) => (n: number) => socket.deliver(frames[n % frames.length]!)
  const rounds = await interleave(deliver(ourSocket), deliver(theirSocket), { rounds: 400, count: 300 })
  if (ours.messages() !== theirs.messages()) throw new Error('receive: the two stores did not get the same messages')
  ours.dispose()
  // The bar is for a slice as apps have them.
  printTimes(what, rounds, '×', kind === 'slice' ? { is: '≤', than: 1.1 } : undefined)
}

await compare({ what: 'receive → app action', accepted: true })
await compare({ what: 'receive → socketMessage', accepted: false })
await compare({ what: 'receive → app action, autoBatch off', accepted: true, autoBatch: false })
// For the record: the reducer costs next to nothing here, which is the hardest case.
await compare({ what: 'receive → app action, plain reducer', accepted: true, kind: 'plain' })
await compare({ what: 'receive → socketMessage, plain reducer', accepted: false, kind: 'plain' })
