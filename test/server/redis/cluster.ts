import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { WebSocket } from 'ws'
import type { NodeReport, Order } from './messages.js'
import { bundleProgram } from './bundleProgram.js'

/** A process with one server. */
export interface Node {
  readonly port: number
  readonly reports: readonly NodeReport[]
  readonly codes: () => string[]
  /** Resolves with the first report from now on, or the last of its kind before, for which `test` returns true. */
  readonly until: (test: (report: NodeReport) => boolean) => Promise<NodeReport>
  readonly order: (order: Order) => void
  readonly kill: () => Promise<void>
  /** Closes the server gracefully. Resolves with the exit code. */
  readonly close: () => Promise<number | null>
  readonly stderr: () => string
}

const kindOf = (report: NodeReport): string => Object.keys(report)[0] ?? ''

const startNode = async (file: string, url: string, nodeTimeout: number): Promise<Node> => {
  const child: ChildProcess = fork(file, [url, String(nodeTimeout)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const reports: NodeReport[] = []
  const waiting = new Set<(report: NodeReport) => void>()
  let printed = ''
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.on('message', (message) => {
    reports.push(message as NodeReport)
    for (const check of waiting) check(message as NodeReport)
  })
  const until = async (test: (report: NodeReport) => boolean): Promise<NodeReport> => {
    // A report counts only until the next one of its kind.
    const last = new Map(reports.map((report) => [kindOf(report), report]))
    const known = [...last.values()].find(test)
    if (known) return known
    return await new Promise((resolve) => {
      const check = (report: NodeReport) => {
        if (!test(report)) return
        waiting.delete(check)
        resolve(report)
      }
      waiting.add(check)
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
    until((report) => report.port !== undefined),
    once(child, 'exit').then(() => Promise.reject(new Error(`the node ended: ${printed}`))),
  ])
  return {
    port,
    reports,
    codes: () => reports.flatMap(({ problem }) => (problem ? [problem.code] : [])),
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

/** Builds `node.program.ts`, to start processes of it. */
export const prepareNodes = async (): Promise<Nodes> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-nodes-'))
  const file = path.join(folder, 'node.cjs')
  await bundleProgram('test/server/redis/node.program.ts', file)
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

/** A client that counts what it receives. */
export interface CrowdClient {
  readonly ws: WebSocket
  readonly channel: string
  /** How often each text was received. */
  readonly received: Map<string, number>
}

/** Many clients. */
export interface Crowd {
  readonly all: readonly CrowdClient[]
  /** Connects `count` clients to a node and subscribes each to one of the channels, in turn. */
  readonly join: (node: Node, count: number, channels: readonly string[]) => Promise<void>
  /** Resolves when `count` clients have received the text. */
  readonly whenReceived: (text: string, count: number) => Promise<void>
  readonly end: () => void
}

export const createCrowd = (): Crowd => {
  const all: CrowdClient[] = []
  const receivers = new Map<string, number>()
  const waiting = new Map<string, { readonly count: number; readonly resolve: () => void }>()

  const receive = (client: CrowdClient, text: string) => {
    const times = (client.received.get(text) ?? 0) + 1
    client.received.set(text, times)
    if (times > 1) return
    const count = (receivers.get(text) ?? 0) + 1
    receivers.set(text, count)
    if (waiting.get(text)?.count === count) waiting.get(text)?.resolve()
  }

  const joinOne = async (node: Node, channel: string): Promise<void> => {
    const ws = new WebSocket(`ws://127.0.0.1:${node.port}`, { perMessageDeflate: false })
    const client: CrowdClient = { ws, channel, received: new Map() }
    all.push(client)
    ws.on('error', () => {})
    await new Promise<void>((resolve, reject) => {
      ws.on('open', () => ws.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel } })))
      ws.on('close', () => reject(new Error('closed')))
      ws.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id?: number; params?: { data?: string } } | string
        if (typeof message === 'string') receive(client, message)
        else if (!message.params) resolve()
        // `$/missed` has no data.
        else if (message.params.data !== undefined) receive(client, message.params.data)
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
    whenReceived: async (text, count) => {
      if ((receivers.get(text) ?? 0) >= count) return
      await new Promise<void>((resolve) => waiting.set(text, { count, resolve }))
    },
    end: () => {
      for (const { ws } of all) ws.terminate()
    },
  }
}
