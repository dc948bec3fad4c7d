import { expect, it } from '@jest/globals'
import { socketClosed, socketError } from '../../src/index.js'
import { createSlowSchema } from '../unit/middleware/slowSchema.js'
import { openWorld, passTime, useFakeTime } from '../unit/middleware/harness.js'

// The last word of a socket waits for the messages before it that are still being checked. Meanwhile its heartbeat went on asking a socket
// that was gone, and told a missed heartbeat instead of the close that had been heard.

useFakeTime()

it('tells the close that was heard', async () => {
  const { schema } = createSlowSchema()
  const world = await openWorld({
    schema: { receive: schema },
    heartbeat: { interval: 50, timeout: 50 },
    reconnect: { backoff: () => 10_000 },
  })
  world.hearJson('a')
  world.network.last.serverClose(1012, 'restarting')
  await passTime(3_000)
  expect(world.recorder.of(socketError)).toEqual([])
  expect(world.recorder.of(socketClosed)[0]?.payload).toMatchObject({ code: 1012, reason: 'restarting' })
})
