// One `socketSend`, against a hand-written middleware that does `JSON.stringify → send` on an action of the same kind.
import { createAction } from '@reduxjs/toolkit'
import { socketSend } from '../src/index.js'
import { createOurs, createTheirs, postAt } from './support/app.js'
import { interleave, printTimes } from './support/measure.js'
import { InProcessSocket } from './support/socket.js'

const WebSocket = InProcessSocket

const ours = await createOurs({ WebSocket })
const ourSocket = InProcessSocket.last
const theirs = await createTheirs({ WebSocket })
const theirSocket = InProcessSocket.last

const wsSend = createAction<unknown>('ws/send')

const rounds = await interleave(
  (n) => ours.dispatch(socketSend(postAt(n))),
  (n) => theirs.dispatch(wsSend(postAt(n))),
  { rounds: 400, count: 300 },
)
if (ourSocket.sentLength !== theirSocket.sentLength)
  throw new Error('send: the two sockets did not get the same frames')
ours.dispose()
printTimes('socketSend', rounds, '×', { is: '≤', than: 1.25 })
