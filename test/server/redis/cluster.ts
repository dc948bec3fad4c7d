import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { WebSocket } from 'ws'
import type { Order, Told } from './messages.js'

/** One process with a server. */
export interface Node {
  readonly port: number
  readonly told: readonly Told[]
  readonly codes: () => string[]
  /** Resolves with the first thing told from now on, or the last of its kind before, that passes. */
  readonly until: (test: (told: Told) => boolean) => Promise<Told>
  readonly order: (order: Order) => void
  readonly kill: () => Promise<void>
  /** A graceful end; resolves to the exit code. */
  readonly close: () => Promise<number | null>
  readonly stderr: () => string
}

const keyOf = (told: Told): string => Object.keys(told)[0] ?? ''

const startNode = async (file: string, url: string, nodeTimeout: number): Promise<Node> => {
  const child: ChildProcess = fork(file, [url, String(nodeTimeout)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const told: Told[] = []
  const waiting = new Set<(one: Told) => void>()
  let printed = ''
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.on('message', (message) => {
    told.push(message as Told)
    for (const look of waiting) look(message as Told)
  })
  const until = async (test: (one: Told) => boolean): Promise<Told> => {
    // What was true counts only as long as nothing else was said since.
    const last = new Map(told.map((one) => [keyOf(one), one]))
    const known = [...last.values()].find(test)
    if (known) return known
    return await new Promise((resolve) => {
      const look = (one: Told) => {
        if (!test(one)) return
        waiting.delete(look)
        resolve(one)
      }
      waiting.add(look)
    })
  }
  const exit = async (end: () => void): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      end()
      await exited
    }
    return child.exitCode
  }
  const { port = 0 } = await Promise.race([
    until((one) => one.port !== undefined),
    once(child, 'exit').then(() => Promise.reject(new Error(`the node ended: ${printed}`))),
  ])
  return {
    port,
    told,
    codes: () => told.flatMap(({ problem }) => (problem ? [problem.code] : [])),
    until,
    order: (order) => void child.send(order),
    kill: async () => void (await exit(() => child.kill('SIGKILL'))),
    close: async () => await exit(() => child.send({ close: true } satisfies Order)),
    stderr: () => printed,
  }
}

export interface Nodes extends AsyncDisposable {
  readonly start: (url: string, nodeTimeout: number) => Promise<Node>
}

/** Makes processes of `node.program.ts`. */
export const prepareNodes = async (): Promise<Nodes> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-nodes-'))
  const file = path.join(folder, 'node.cjs')
  await build({
    entryPoints: ['test/server/redis/node.program.ts'],
    outfile: file,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    // Optional helpers of ws and redis; they do without.
    external: ['bufferutil', 'utf-8-validate', '@opentelemetry/api', '@node-rs/xxhash'],
    logLevel: 'error',
  })
  const started: Node[] = []
  return {
    start: async (url, nodeTimeout) => {
      const node = await startNode(file, url, nodeTimeout)
      started.push(node)
      return node
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map(async (node) => await node.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A plain client that writes down what it gets. */
export interface Listener {
  readonly ws: WebSocket
  readonly channel: string
  /** How often each text came. */
  readonly heard: Map<string, number>
}

/** Many clients. */
export interface Crowd {
  readonly all: readonly Listener[]
  /** Connects so many to a node, each subscribed to a channel, in turn. */
  readonly join: (node: Node, count: number, channels: readonly string[]) => Promise<void>
  /** Resolves once so many have heard it. */
  readonly hear: (text: string, count: number) => Promise<void>
  readonly end: () => void
}

export const createCrowd = (): Crowd => {
  const all: Listener[] = []
  const hearers = new Map<string, number>()
  const waiting = new Map<string, { readonly count: number; readonly resolve: () => void }>()

  const take = (listener: Listener, text: string) => {
    const times = (listener.heard.get(text) ?? 0) + 1
    listener.heard.set(text, times)
    if (times > 1) return
    const count = (hearers.get(text) ?? 0) + 1
    hearers.set(text, count)
    if (waiting.get(text)?.count === count) waiting.get(text)?.resolve()
  }

  const joinOne = async (node: Node, channel: string): Promise<void> => {
    const ws = new WebSocket(`ws://127.0.0.1:${node.port}`, { perMessageDeflate: false })
    const listener: Listener = { ws, channel, heard: new Map() }
    all.push(listener)
    ws.on('error', () => {})
    await new Promise<void>((resolve, reject) => {
      ws.on('open', () => ws.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel } })))
      ws.on('close', () => reject(new Error('closed')))
      ws.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id?: number; params?: { data: string } } | string
        if (typeof message === 'string') take(listener, message)
        else if (message.params) take(listener, message.params.data)
        else resolve()
      })
    })
  }

  return {
    all,
    join: async (node, count, channels) => {
      const joining = Array.from({ length: count }, (_, index) =>
        joinOne(node, channels[index % channels.length] ?? ''),
      )
      await Promise.all(joining)
    },
    hear: async (text, count) => {
      if ((hearers.get(text) ?? 0) >= count) return
      await new Promise<void>((resolve) => waiting.set(text, { count, resolve }))
    },
    end: () => {
      for (const { ws } of all) ws.terminate()
    },
  }
}
