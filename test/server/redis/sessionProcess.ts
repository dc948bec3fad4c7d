import { afterAll, beforeAll } from '@jest/globals'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'redis'
import { createQueue, type Queue } from '../support.js'
import type { HandledEntry, SessionNodeReport } from './sessionNode.program.js'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { bundleProgram } from './bundleProgram.js'

/** A process of `sessionNode.program.ts`. */
export interface SessionProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Why its connections were removed. */
  readonly removed: Queue<string>
  /** Ends it as a crash does. */
  readonly kill: () => Promise<void>
}

/** Starts processes with sessions. */
export interface SessionProcesses extends AsyncDisposable {
  readonly start: (redisUrl: string) => Promise<SessionProcess>
}

const startProcess = async (file: string, redisUrl: string, started: ChildProcess[]): Promise<SessionProcess> => {
  const child = fork(file, [redisUrl], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  started.push(child)
  const removed = createQueue<string>()
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: SessionNodeReport) => {
      if (message.port !== undefined) resolve(message.port)
      if (message.removed !== undefined) removed.push(message.removed)
    })
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
  const kill = async (): Promise<void> => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return { url: `ws://127.0.0.1:${port}`, child, removed, kill }
}

/** Builds `sessionNode.program.ts`, to start processes of it. */
const prepareSessionProcesses = async (): Promise<SessionProcesses> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-sessions-'))
  const file = path.join(folder, 'node.cjs')
  const started: ChildProcess[] = []
  await bundleProgram('test/server/redis/sessionNode.program.ts', file)
  return {
    start: async (redisUrl) => await startProcess(file, redisUrl, started),
    [Symbol.asyncDispose]: async () => {
      for (const child of started) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
      await Promise.resolve()
    },
  }
}

/** Reads what all processes have handled since the last call, in order. */
export const readHandled = async (redisUrl: string): Promise<readonly HandledEntry[]> => {
  const client = await createClient({ url: redisUrl }).connect()
  const list = await client.lRange('handled', 0, -1)
  await client.del('handled')
  client.destroy()
  return list.map((entry) => JSON.parse(entry) as HandledEntry)
}

/** A Redis and processes with sessions for all tests of a file. */
export const useSessionProcesses = () => {
  const shared = {} as { processes: SessionProcesses; redis: RedisServer }
  beforeAll(async () => {
    shared.redis = await startRedis()
    shared.processes = await prepareSessionProcesses()
  })
  afterAll(async () => {
    await shared.processes[Symbol.asyncDispose]()
    await shared.redis[Symbol.asyncDispose]()
  })
  return shared
}
