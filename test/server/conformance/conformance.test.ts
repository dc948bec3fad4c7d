import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startReference } from '../../../conformance/reference.js'
import { broken, silent } from './broken.js'
import { startTampered } from './tamper.js'

const root = path.resolve(__dirname, '../../..')
const rules = Object.keys(broken)

interface Outcome {
  readonly name: string
  readonly state: 'holds' | 'broken'
  readonly reason?: string
}

/** Runs a program. Resolves with its output and its exit code. */
const start = async (file: string, args: readonly string[] = [], input = '') => {
  const child = spawn(process.execPath, [path.join(root, file), ...args], { cwd: root })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { stdout, stderr, code: await ended }
}

const suite = async (...args: readonly string[]) => await start('scripts/conformance.mjs', args)

const ask = async (all: readonly object[]): Promise<Outcome[][]> => {
  const { stdout, stderr } = await start('test/server/conformance/ask.program.mjs', [], JSON.stringify(all))
  if (stderr) throw new Error(stderr)
  return JSON.parse(stdout) as Outcome[][]
}

const linesWith = (mark: string, stdout: string): string[] => stdout.split('\n').filter((line) => line.startsWith(mark))

describe('the companion server', () => {
  it('passes every rule', async () => {
    const reference = await startReference()
    const { stdout, code } = await suite(reference.url, '--http', reference.http)
    await reference.close()
    expect(linesWith('BROKEN', stdout)).toEqual([])
    expect(stdout).toContain(`\n${String(rules.length - 2)} hold, 0 broken, 2 left out\n`)
    expect(code).toBe(0)
  }, 30_000)

  it('passes the rules about ping frames', async () => {
    // Long enough for a client on a busy machine to answer in time.
    const reference = await startReference(0, { pingInterval: 500 })
    const pings = ['--only', 'heartbeat.pings', '--only', 'heartbeat.silence', '--pings']
    const { stdout, code } = await suite(reference.url, ...pings)
    await reference.close()
    expect(linesWith('ok', stdout)).toHaveLength(2)
    expect(code).toBe(0)
  }, 30_000)

  it('is tested for the chosen rules only', async () => {
    const reference = await startReference()
    const { stdout, code } = await suite(reference.url, '--only', 'heartbeat', '--without', 'codecs')
    await reference.close()
    expect(linesWith('ok', stdout).map((line) => line.split(/ +/)[1])).toEqual([
      'heartbeat.pong',
      'heartbeat.answer',
      'heartbeat.exact',
      'heartbeat.frame',
    ])
    expect(code).toBe(0)
  }, 30_000)
})

describe('the conformance suite', () => {
  it('names the section of each rule, and each has a server that breaks it', async () => {
    const { stdout } = await suite('--list')
    const lines = stdout.trim().split('\n')
    expect(lines.map((line) => / ?(\w+\.[\w-]+) /.exec(line)?.[1])).toEqual(rules)
    const page = readFileSync(path.join(root, 'docs/protocol.md'), 'utf8')
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'))
    for (const line of lines) expect(anchors).toContain(/docs\/protocol\.md#([\w-]+)\)$/.exec(line)?.[1])
  })

  it('reports what came instead, with the section of docs/protocol.md', async () => {
    const server = await startTampered(broken['heartbeat.pong']!)
    const { stdout, code } = await suite(server.url, '--only', 'heartbeat', '--timeout', '150')
    await server.close()
    expect(linesWith('BROKEN', stdout)[0]).toContain('heartbeat.pong')
    expect(linesWith('BROKEN', stdout)[0]).toContain('docs/protocol.md#heartbeat')
    expect(stdout).toContain('expected pong, got nothing within 150 ms')
    expect(code).toBe(1)
  }, 30_000)

  it.each([
    ['no url', []],
    ['a url that is not ws: or wss:', ['http://127.0.0.1:1']],
    ['an unknown part', ['ws://127.0.0.1:1', '--without', 'everything']],
    ['an unknown option', ['ws://127.0.0.1:1', '--fast']],
    ['no rule chosen', ['ws://127.0.0.1:1', '--only', 'nothing']],
  ])('exits with 2 for %s', async (_what, args) => {
    expect((await suite(...args)).code).toBe(2)
  })

  it('passes the companion server behind a relay', async () => {
    const server = await startTampered({})
    const [outcomes = []] = await ask([{ url: server.url, http: server.http }])
    await server.close()
    expect(outcomes.filter(({ state }) => state === 'broken')).toEqual([])
    expect(outcomes).toHaveLength(rules.length - 2)
  }, 30_000)

  it('calls a method by the name of the option --name', async () => {
    const server = await startTampered({
      toServer: () => (frame) => [
        { ...frame, data: Buffer.from(frame.data.toString().replace('my.echo', 'conformance.echo')) },
      ],
    })
    const names = { 'conformance.echo': 'my.echo' }
    const [outcomes = []] = await ask([{ url: server.url, names, only: ['requests.values', 'requests.ids'] }])
    await server.close()
    expect(outcomes.map(({ state }) => state)).toEqual(['holds', 'holds'])
  })
})

describe('a server that breaks one rule', () => {
  const found = new Map<string, Outcome>()
  let servers: Awaited<ReturnType<typeof startTampered>>[] = []

  beforeAll(async () => {
    servers = await Promise.all(Object.values(broken).map(startTampered))
    const cases = rules.map((rule, n) => ({
      url: servers[n]!.url,
      http: servers[n]!.http,
      only: [rule],
      extra: ['pings'],
      // Long enough for a correct answer on a busy machine; only a server that does not answer takes all of it.
      timeout: 3_000,
      pingsTimeout: 1_000,
    }))
    for (const [outcome] of await ask(cases)) if (outcome) found.set(outcome.name, outcome)
  }, 60_000)

  afterAll(async () => {
    await Promise.all(servers.map(async (server) => await server.close()))
  })

  it.each(rules)('fails %s', (rule) => {
    expect(found.get(rule)).toMatchObject({ state: 'broken', reason: expect.any(String) })
    // A server that answers wrongly must fail because of its answer, not because the machine is slow.
    expect(/ within \d+ ms$/.test(found.get(rule)?.reason ?? '')).toBe(silent.has(rule))
  })
})

describe('the cases for clients of sessions and of replies in chunks', () => {
  it('hold for the clients of the tests, and each finds a client that breaks its rule', async () => {
    const { stdout, stderr } = await start('test/server/conformance/askClient.program.mjs')
    expect(stderr).toBe('')
    const outcomes = JSON.parse(stdout) as {
      readonly name: string
      readonly holds: unknown
      readonly breaks: unknown
    }[]
    expect(outcomes).toHaveLength(13)
    for (const { name, holds, breaks } of outcomes) {
      expect([name, holds]).toEqual([name, null])
      expect([name, breaks]).toEqual([name, expect.any(String)])
    }
  }, 60_000)
})
