import { describe, expect, it } from '@jest/globals'
import { SessionClient } from '../../support/session/sessionClient.js'
import { readHandled, useSessionProcesses } from './sessionProcess.js'

// Processes with sessions, one of which is killed or stopped while messages are under way.

const shared = useSessionProcesses()

const startNode = async () => await shared.processes.start(shared.redis.url)

/** Connects to one of the urls after the other, until one answers. */
const connect = async (client: SessionClient, urls: readonly string[], index: number): Promise<void> => {
  client.url = urls[index % urls.length]!
  const welcome = await client.connect().catch(() => undefined)
  if (!welcome) return await connect(client, urls, index + 1)
  expect(welcome.resumed).toBe(client.frames.length > 0 || client.acked > 0 || client.turn > 0)
}

const MESSAGES = 60

/** Sends messages a few at a time, over as many connections as it takes, until all are acknowledged and echoed. */
const run = async (
  client: SessionClient,
  name: string,
  urls: () => readonly string[],
  index: number,
  onProgress: () => void,
): Promise<void> => {
  let sent = 0
  const echoed = () => new Set(client.values()).size
  const isDone = (): boolean => sent === MESSAGES && client.unacked.length === 0 && echoed() === MESSAGES
  while (!isDone()) {
    // oxlint-disable no-await-in-loop -- one message after the other
    if (!client.isReady) await connect(client, urls(), index)
    if (sent < MESSAGES) client.send({ type: 'said', payload: `${name}-${sent++}` })
    onProgress()
    await client.until(() => !client.isReady || isDone() || (sent < MESSAGES && client.unacked.length < 4))
    // oxlint-enable no-await-in-loop
  }
}

const numberOf = (value: unknown): number => Number(String(value).split('-')[1])

describe('kill -9 of one of three processes while 12 clients send', () => {
  it('loses no message; what comes twice is marked; and all that was answered arrives', async () => {
    const nodes = await Promise.all([startNode(), startNode(), startNode()])
    const [first, second, third] = nodes
    let urls: readonly string[] = [first.url]
    const clients = Array.from({ length: 12 }, () => new SessionClient(first.url))
    let count = 0
    let onUnderWay: () => void = () => {}
    const underWay = new Promise<void>((resolve) => {
      onUnderWay = resolve
    })
    const onProgress = (): void => {
      if (++count === (clients.length * MESSAGES) / 3) onUnderWay()
    }
    const finished = Promise.all(
      clients.map(async (client, index) => await run(client, `c${index}`, () => urls, index, onProgress)),
    )
    await underWay
    urls = [second.url, third.url]
    await first.kill()
    await finished

    const handled = await readHandled(shared.redis.url)
    for (const [index, client] of clients.entries()) {
      const own = handled.filter(({ value }) => value.startsWith(`c${index}-`))
      const firsts = own.filter(({ value }, at) => own.findIndex((one) => one.value === value) === at)
      expect(firsts.map(({ value }) => numberOf(value))).toEqual(Array.from({ length: MESSAGES }, (_, n) => n))
      expect(own.filter((one) => !firsts.includes(one)).every(({ isRedelivered }) => isRedelivered)).toBe(true)
      // A second echo only of what came a second time.
      expect(client.frames.length).toBeLessThanOrEqual(own.length)
      client.ws?.terminate()
    }
    await Promise.all([second.kill(), third.kill()])
  })
})

describe('a process that stood still', () => {
  it('handles nothing of a session that another one has taken over meanwhile', async () => {
    const [one, two] = await Promise.all([startNode(), startNode()])
    const client = new SessionClient(one.url)
    await client.connect()
    client.send({ type: 'said', payload: 'x-0' })
    await client.until(() => client.acked === 1)
    one.child.kill('SIGSTOP')
    for (let n = 1; n <= 20; n++) client.send({ type: 'said', payload: `x-${n}` })
    client.url = two.url
    // One second passes: the process is asked first, and does not answer.
    expect(await client.connect()).toMatchObject({ resumed: true, received: 1 })
    await client.until(() => client.acked === 21)
    one.child.kill('SIGCONT')
    expect(await one.removed.next()).toBe('moved')
    const handled = await readHandled(shared.redis.url)
    expect(handled.map(({ value }) => numberOf(value))).toEqual(Array.from({ length: 21 }, (_, n) => n))
    expect(handled.map(({ isRedelivered }) => isRedelivered)).toEqual([
      false,
      ...Array.from({ length: 20 }, () => true),
    ])
    client.ws?.terminate()
    await Promise.all([one.kill(), two.kill()])
  })
})
