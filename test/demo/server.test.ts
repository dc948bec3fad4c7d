import { once } from 'node:events'
import { describe, expect, it, jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { byNpm, startDemoProcess } from './process.js'

jest.setTimeout(30_000)

const post = async (url: string, headers: Record<string, string> = {}) => {
  const { status } = await fetch(url, { method: 'POST', headers })
  return status
}

describe('npm run demo', () => {
  it('ends with 0 when it is told to stop, open connections or not', async () => {
    await using demo = await startDemoProcess()
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws`)
    await once(client, 'open')
    const closed = once(client, 'close')

    expect(await demo.stop('SIGTERM')).toBe(0)
    expect((await closed)[0]).toBe(1006)
  })

  it('ends with npm, which does not hand the signal on', async () => {
    await using demo = await startDemoProcess(0, byNpm)
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws`)
    await once(client, 'open')
    // With a deadline of its own: a test that times out would not come to dispose of what is left.
    const closed = once(client, 'close', { signal: AbortSignal.timeout(10_000) })

    await demo.stop('SIGTERM')
    expect((await closed)[0]).toBe(1006)
  })

  it('says what to do when the port is taken', async () => {
    await using first = await startDemoProcess()

    await expect(startDemoProcess(first.port)).rejects.toThrow(
      `exit code 1: demo: port ${first.port} is taken. Stop what listens there, or choose another one: PORT=`,
    )
  })

  it('serves the page, its script, styles and source maps, and nothing else', async () => {
    await using demo = await startDemoProcess()
    const paths = ['/', '/app.js', '/app.js.map', '/styles.css', '/styles.css.map', '/package.json', '/../package.json']

    const statuses = await Promise.all(paths.map(async (path) => (await fetch(demo.url + path)).status))

    expect(statuses).toEqual([200, 200, 200, 200, 200, 404, 404])
  })

  it('echoes text and bytes as they came', async () => {
    await using demo = await startDemoProcess()
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws/any/room`)
    const received: unknown[] = []
    const both = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer, isBinary) => {
        received.push(isBinary ? [...data] : data.toString())
        if (received.length === 2) resolve()
      })
    })
    client.once('open', () => {
      client.send('not { JSON')
      client.send(new Uint8Array([0, 255]))
    })
    await both

    expect(received).toEqual(['not { JSON', [0, 255]])
    client.terminate()
  })
})

describe('a slow server', () => {
  it('echoes all the same, until it is told to be fast again', async () => {
    await using demo = await startDemoProcess()
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws`)
    await once(client, 'open')
    expect(await post(`${demo.url}/faults/slow`)).toBe(200)
    expect(await (await fetch(`${demo.url}/faults`)).json()).toMatchObject({ isSlow: true })

    const sent = Buffer.alloc(1_000_000, 'slow')
    const startedAt = performance.now()
    client.send(sent)
    const [echo] = (await once(client, 'message')) as [Buffer]
    expect(echo.equals(sent)).toBe(true)
    // At 5 MB a second; the last chunk is not waited for.
    expect(performance.now() - startedAt).toBeGreaterThan(150)

    expect(await post(`${demo.url}/faults/fast`)).toBe(200)
    expect(await (await fetch(`${demo.url}/faults`)).json()).toMatchObject({ isSlow: false })
    client.terminate()
  })
})

describe('the fault switches', () => {
  it('work from the page itself only', async () => {
    await using demo = await startDemoProcess()

    expect(await post(`${demo.url}/faults/drop`, { origin: 'http://elsewhere.example' })).toBe(403)
    expect(await post(`${demo.url}/faults/drop`, { origin: demo.url })).toBe(200)
  })

  it('answer a wish they cannot grant with an error', async () => {
    await using demo = await startDemoProcess()
    const wishes = ['unheard-of', 'toString', 'close', 'burst']

    const statuses = await Promise.all(wishes.map(async (wish) => post(`${demo.url}/faults/${wish}`)))

    expect(statuses).toEqual([404, 404, 400, 400])
  })
})
