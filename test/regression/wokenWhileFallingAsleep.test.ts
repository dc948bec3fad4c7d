import { expect, it } from '@jest/globals'
import { socketListen, socketReceive } from '../../src/features/listen.js'
import { createWorld, passTime, useFakeTime, type World } from '../unit/middleware/harness.js'

// A lazy connection that was saying its goodbye for want of traffic was not opened again by who began to listen meanwhile: only a send
// in the queue did that. The listener heard nothing until somebody sent, and an iteration was over before it began.

useFakeTime()

const fallAsleep = async (): Promise<World> => {
  const world = createWorld({ lazy: true, idleTimeout: 1_000 }, { halfOpen: true })
  world.dispatch(socketListen(/first/, () => {}))
  await passTime(1_100)
  expect(world.state().status).toBe('closing')
  return world
}

it('opens again for who listens', async () => {
  const world = await fallAsleep()
  const heard: unknown[] = []
  world.dispatch(socketListen(/.*/, (message) => heard.push(message)))
  world.network.last.finishClose()
  await passTime(1)
  expect(world.state().status).toBe('open')
  world.hearJson({ type: 'a' })
  expect(heard).toEqual([{ type: 'a' }])
})

it('opens again for who reads, who waits for it', async () => {
  const world = await fallAsleep()
  const next = world.dispatch(socketReceive()).next()
  world.network.last.finishClose()
  await passTime(1)
  expect(world.state().status).toBe('open')
  world.hearJson({ type: 'a' })
  expect(await next).toEqual({ done: false, value: { type: 'a' } })
})
