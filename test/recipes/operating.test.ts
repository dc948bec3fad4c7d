import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import {
  memoryBus,
  serverMetricDefinitions,
  type Bus,
  type ServerMetrics,
  type SocketServer,
} from '../../src/server/index.js'
import { root } from '../readme/blocks.js'
import { connectClient, startServer, wrap, type Client } from '../server/support.js'
import { freePort } from '../support/freePort.js'
import { WebSocket } from 'ws'
import { filesOf, runFile } from './pageFiles.js'
import { atTheEnd } from './support.js'

const page = 'docs/recipes/operating.md'

/** Bundles the page's server with the sources of the library. Returns the file. */
const bundleServer = async (): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-operating-'))
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }))
  const entry = path.join(folder, 'server.ts')
  const outfile = path.join(folder, 'server.cjs')
  writeFileSync(entry, filesOf(page).get('server.ts') ?? '')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    nodePaths: [path.join(root, 'node_modules')],
    alias: {
      'reduplex/server': path.join(root, 'src/server/index.ts'),
      'reduplex/server/metrics': path.join(root, 'src/server/metrics/index.ts'),
    },
    external: ['bufferutil', 'utf-8-validate'],
  })
  return outfile
}

const get = async (port: number, url: string): Promise<{ status: number | undefined; body: string }> => {
  const req = request({ host: '127.0.0.1', port, path: url, agent: false }).end()
  const [res] = (await once(req, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number }]
  let body = ''
  for await (const chunk of res) body += chunk.toString()
  return { status: res.statusCode, body }
}

const connect = async (port: number, headers: Record<string, string> = {}): Promise<Client> => {
  const client = wrap(new WebSocket(`ws://127.0.0.1:${port}`, { headers }))
  await Promise.race([
    once(client.ws, 'open'),
    client.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code}`))),
  ])
  return client
}

interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  readonly adminPort: number
  readonly exited: Promise<readonly unknown[]>
}

/** Starts the page's server in a process of its own. Resolves when clients can connect. */
const startProcess = async (unreadyFor: number): Promise<ServerProcess> => {
  const file = await bundleServer()
  const port = await freePort()
  const adminPort = await freePort()
  const env = { ...process.env, NODE_OPTIONS: '', PORT: String(port), ADMIN_PORT: String(adminPort) }
  const child = spawn(process.execPath, [file], {
    env: { ...env, UNREADY_MS: String(unreadyFor) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  atTheEnd(() => child.kill('SIGKILL'))
  let printed = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes('clients can connect')) resolve()
    })
  })
  return { child, port, adminPort, exited }
}

const isStatus = async (port: number, url: string, status: number): Promise<void> => {
  while ((await get(port, url)).status !== status);
}

describe('the server of the page, in a process of its own', () => {
  it('is not ready after SIGTERM while it still accepts clients, then closes all with 1012 and exits with 0', async () => {
    const { child, port, adminPort, exited } = await startProcess(3_000)
    const early = await connect(port)
    early.send({ type: 'chat/said', payload: 'hello' })
    expect(await early.next()).toEqual({ type: 'chat/said', payload: 'hello' })
    expect(await get(adminPort, '/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' })
    expect(await get(adminPort, '/livez')).toEqual({ status: 200, body: '{"status":"ready"}' })
    expect((await get(adminPort, '/metrics')).body).toContain('\nreduplex_messages_received_total 1\n')

    child.kill('SIGTERM')
    await isStatus(adminPort, '/readyz', 503)
    expect(await get(adminPort, '/livez')).toEqual({ status: 200, body: '{"status":"closing"}' })
    const late = await connect(port)
    late.send({ type: 'chat/said', payload: 'late' })
    expect(await early.next()).toEqual({ type: 'chat/said', payload: 'late' })

    expect((await early.closed).code).toBe(1012)
    expect((await late.closed).code).toBe(1012)
    expect(await exited).toEqual([0, null])
  }, 30_000)
})

describe('the files for Kubernetes and systemd', () => {
  const numberIn = (file: string, pattern: RegExp): number =>
    Number(pattern.exec(filesOf(page).get(file) ?? '')?.[1]?.replaceAll('_', ''))

  it('give the process more time than its close takes', () => {
    const unreadyFor = numberIn('server.ts', /UNREADY_MS = '(\d+)'/)
    const within = numberIn('server.ts', /within: ([\d_]+)/)
    const seconds = (unreadyFor + within) / 1000
    expect(seconds).toBe(25)
    expect(numberIn('deployment.yaml', /terminationGracePeriodSeconds: (\d+)/)).toBeGreaterThan(seconds)
    expect(numberIn('chat.service', /TimeoutStopSec=(\d+)/)).toBeGreaterThan(seconds)
  })

  it('name the ports and paths of the server', () => {
    const deployment = filesOf(page).get('deployment.yaml') ?? ''
    const server = filesOf(page).get('server.ts') ?? ''
    expect(numberIn('deployment.yaml', /name: ws, containerPort: (\d+)/)).toBe(numberIn('server.ts', /PORT = '(\d+)'/))
    expect(numberIn('deployment.yaml', /name: admin, containerPort: (\d+)/)).toBe(
      numberIn('server.ts', /ADMIN_PORT = '(\d+)'/),
    )
    for (const [, url] of deployment.matchAll(/path: (\/\w+)/g)) expect(server).toContain(`'${url}'`)
  })
})

/** Records what a Meter of OpenTelemetry is asked to do. */
const createMeter = () => {
  const added: unknown[] = []
  const gauges = new Map<string, Set<(result: { observe: (value: number) => void }) => void>>()
  const instrument = (name: string, { description }: { description: string }) => {
    const metric = serverMetricDefinitions[name.replace('reduplex.', '') as keyof typeof serverMetricDefinitions]
    expect(description).toBe(metric.help)
    const record = (value: number, labels: object) => void added.push([name, value, labels])
    return { add: record, record }
  }
  return {
    added,
    /** Reads all gauges, as an export does. */
    read: (): Record<string, number> => {
      const values: Record<string, number> = {}
      for (const [name, callbacks] of gauges) {
        for (const callback of callbacks) callback({ observe: (value) => (values[name] = value) })
      }
      return values
    },
    meter: {
      createCounter: instrument,
      createHistogram: instrument,
      createObservableGauge: (name: string) => {
        const callbacks = gauges.get(name) ?? new Set()
        gauges.set(name, callbacks)
        return {
          addCallback: (callback: never) => void callbacks.add(callback),
          removeCallback: (callback: never) => void callbacks.delete(callback),
        }
      },
    },
  }
}

describe('the metrics over OpenTelemetry', () => {
  it('get the counters, the durations and the gauges of a server, and no gauges after its close', async () => {
    const { openTelemetryMetrics } = runFile(page, 'openTelemetry.ts') as {
      openTelemetryMetrics: (meter: unknown) => ServerMetrics
    }
    const { meter, added, read } = createMeter()
    await using running = await startServer({ metrics: openTelemetryMetrics(meter) })
    running.server.methods({ double: (n: number) => n * 2 })
    const { client } = await connectClient(running)
    await client.request('double', 2)
    expect(read()).toEqual({
      'reduplex.connections': 1,
      'reduplex.sockets': 1,
      'reduplex.cluster_connections': 1,
      'reduplex.subscriptions': 0,
      'reduplex.calls_running': 0,
      'reduplex.buffered_bytes': 0,
      'reduplex.ready': 1,
    })
    await running.server.close({ within: 0 })
    expect(read()).toEqual({})
    expect(added).toContainEqual(['reduplex.connections_opened', 1, {}])
    expect(added).toContainEqual(['reduplex.messages_sent', 1, {}])
    const labels = { method: 'double', transport: 'socket', outcome: 'ok' }
    expect(added).toContainEqual(['reduplex.call_duration_seconds', expect.any(Number), labels])
  })
})

describe('the server of sessions', () => {
  const { createChat, signOut } = runFile(page, 'signOut.ts') as {
    createChat: (port: number, bus: Bus, findSession: (cookie?: string) => Promise<unknown>) => SocketServer
    signOut: (server: SocketServer, user: string, endSessions: (user: string) => Promise<void>) => Promise<void>
  }

  it('closes the connections of a user on all nodes with 4401 at sign-out, after a message, and refuses the user then', async () => {
    const sessions = new Map([
      ['a', { user: 'ada', expiresAt: Date.now() + 60_000 }],
      ['b', { user: 'bob', expiresAt: Date.now() + 60_000 }],
    ])
    const bus = memoryBus()
    const start = async (): Promise<SocketServer> => {
      const server = createChat(0, bus, async (cookie = '') => sessions.get(cookie))
      atTheEnd(async () => await server.close({ within: 0 }))
      await server.ready
      return server
    }
    const left = await start()
    const right = await start()
    const near = await connect(left.port ?? 0, { cookie: 'a' })
    const far = await connect(right.port ?? 0, { cookie: 'a' })
    const other = await connect(right.port ?? 0, { cookie: 'b' })
    // The answers say that all were admitted.
    for (const client of [near, far, other]) await client.request('none')
    await signOut(left, 'ada', async () => void sessions.delete('a'))
    for (const client of [near, far]) {
      expect(await client.next()).toEqual({ type: 'session/ended' })
      expect((await client.closed).code).toBe(4401)
    }
    expect((await (await connect(left.port ?? 0, { cookie: 'a' })).closed).code).toBe(4401)
    expect(other.ws.readyState).toBe(WebSocket.OPEN)
    other.ws.terminate()
  })

  it('closes a connection with 4401 when its session expires', async () => {
    const server = createChat(0, memoryBus(), async () => ({ user: 'ada', expiresAt: Date.now() + 100 }))
    atTheEnd(async () => await server.close({ within: 0 }))
    await server.ready
    const client = await connect(server.port ?? 0)
    expect(await client.closed).toEqual({ code: 4401, reason: 'the authorization has expired' })
  })
})
