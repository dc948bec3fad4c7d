// One message in and one message out, against the packages that apps use in place of ours. Less than 1 × is faster than the package.
import { socketSend } from '../src/index.js'
import { createOurs, messageFrames, postAt, type App } from './support/app.js'
import { interleave, median, ns, print, ratios } from './support/measure.js'
import { createGiantmachines, createReconnecting } from './support/peers.js'
import { InProcessSocket } from './support/socket.js'

interface Side {
  readonly app: App
  readonly socket: InProcessSocket
  readonly send: (n: number) => unknown
}

const ours = await createOurs({ WebSocket: InProcessSocket })
const our: Side = { app: ours, socket: InProcessSocket.last, send: (n) => ours.dispatch(socketSend(postAt(n))) }

const reconnecting = await createReconnecting()
const reconnectingSocket = InProcessSocket.last
const giantmachines = await createGiantmachines()
const giantmachinesSocket = InProcessSocket.last
const peers: readonly (readonly [name: string, side: Side])[] = [
  [
    'reconnecting-websocket',
    {
      app: reconnecting,
      socket: reconnectingSocket,
      send: (n) => reconnecting.dispatch({ type: 'ws/send', payload: postAt(n) } as never),
    },
  ],
  [
    '@giantmachines/redux-websocket',
    {
      app: giantmachines,
      socket: giantmachinesSocket,
      send: (n) => giantmachines.dispatch(giantmachines.send(postAt(n)) as never),
    },
  ],
]

const receive =
  ({ socket }: Side) =>
  (n: number) =>
    socket.deliver(messageFrames[n % messageFrames.length]!)

for (const [peer, their] of peers) {
  for (const [what, work] of [
    ['receive, against a package', receive],
    ['send, against a package', ({ send }: Side) => send],
  ] as const) {
    const before = [our.app.messages(), their.app.messages(), our.socket.sentLength, their.socket.sentLength]
    const rounds = await interleave(work(our), work(their), { rounds: 300, count: 300 })
    const done = [our.app.messages(), their.app.messages(), our.socket.sentLength, their.socket.sentLength]
    const [ourMessages, theirMessages, ourBytes, theirBytes] = done.map((value, index) => value - before[index]!)
    if (ourMessages !== theirMessages || ourBytes !== theirBytes)
      throw new Error(
        `peers: ${peer} did other work (${what}): ${JSON.stringify([ourMessages, theirMessages, ourBytes, theirBytes])}`,
      )
    print({
      what,
      ours: ns(median(rounds.ours)),
      against: ns(median(rounds.against)),
      peer,
      values: ratios(rounds),
      unit: '×',
      // reconnecting-websocket is not a middleware, so a hand-written middleware wraps it.
      ...(peer.startsWith('@giantmachines') && { bar: { is: '≤', than: 1 } }),
    })
  }
}
ours.dispose()
process.exit()
