import { describe, expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'
import { createPage, onPages } from '../unit/page.js'

// `cause: 'offline'` was in the types and came never: a socket given up for its silence while the machine said that it is offline was told as any
// other timeout.

onFakeTime()
onPages()

const causes = (engine: ReturnType<typeof createEngine>) => engine.of('closed').map(({ code, cause }) => [code, cause])

describe.each([
  [false, 'offline'],
  [true, 'timeout'],
])('while the machine is online: %s', (online, cause) => {
  it(`a heartbeat without an answer ends a socket with the cause '${cause}'`, async () => {
    const page = createPage()
    const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    await engine.open()
    page.setOnline(online)
    await pass(5_000)
    expect(causes(engine)).toEqual([[null, cause]])
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
  })

  it(`so does a dial without an answer: '${cause}'`, async () => {
    const page = createPage()
    const engine = createEngine({ connectTimeout: 3_000 })
    engine.connect()
    await pass(1)
    page.setOnline(online)
    await pass(3_000)
    expect(causes(engine)).toEqual([[null, cause]])
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
  })

  it(`and a goodbye without an answer: '${cause}'`, async () => {
    const page = createPage()
    const engine = createEngine({ network: { halfOpen: true }, closeTimeout: 2_000 })
    await engine.open()
    page.setOnline(online)
    engine.close()
    await pass(2_000)
    expect(causes(engine)).toEqual([[null, cause]])
  })
})

it('what the network says comes first: a close that is heard while offline has its code', async () => {
  const page = createPage()
  const engine = createEngine()
  await engine.open()
  page.setOnline(false)
  engine.network.last.drop()
  await pass(1)
  expect(causes(engine)).toEqual([[1006, undefined]])
})
