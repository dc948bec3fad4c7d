// 5 000 messages, one task each, into a store with a subscriber: how often it is notified. The result is a count, not a time.
import { setImmediate as nextTask } from 'node:timers/promises'
import { actionFrames, createOurs, updated } from './support/app.js'
import { print } from './support/measure.js'
import { InProcessSocket } from './support/socket.js'

const messages = 5_000

const countNotifications = async (autoBatch: boolean): Promise<number> => {
  const app = await createOurs({ WebSocket: InProcessSocket, accept: updated, autoBatch })
  const socket = InProcessSocket.last
  let notifications = 0
  app.subscribe(() => notifications++)
  for (let n = 0; n < messages; n++) {
    socket.deliver(actionFrames[n % actionFrames.length]!)
    await nextTask()
  }
  // Without a page RTK batches with a timer of 10 ms: the last one must end.
  const notified = notifications
  await new Promise<void>((resolve) => {
    const unsubscribe = app.subscribe(() => {
      unsubscribe()
      resolve()
    })
    if (!autoBatch) resolve()
  })
  if (app.messages() !== messages) throw new Error(`batching: expected ${messages} messages, got ${app.messages()}`)
  app.dispose()
  return Math.max(notified, notifications)
}

const ours = await countNotifications(true)
const against = await countNotifications(false)
print({
  what: `notifications for ${messages} messages, autoBatch on / off`,
  ours: String(ours),
  against: String(against),
  values: [ours / against],
  unit: '×',
  bar: { is: '≤', than: 0.1 },
})
