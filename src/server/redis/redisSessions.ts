import type { SessionStore, WriteAnswer } from '../session/sessionStore.js'
import { createAppendBatches, toFields, type AppendBatches } from './appendBatches.js'
import { checkRedisSessionsOptions, type RedisSessionsOptions } from './redisSessionsOptions.js'
import { createReleaseRequests, type ReleaseRequests } from './releaseRequests.js'
import type { RedisScript, ScriptArgument } from './script.js'
import { createScriptRunner, type ScriptRunner } from './scriptRunner.js'
import { toClaimedSession, toFoundSession, toPeek, toRestoreArguments } from './sessionRecord.js'
import {
  ackedScript,
  appendScript,
  claimScript,
  createScript,
  findScript,
  handledScript,
  peekScript,
  releaseScript,
  removeScript,
  restoreScript,
  sessionScripts,
} from './sessionScripts.js'

type ReachListener = (isReachable: boolean, error?: Error) => void

interface StoreState {
  readonly runner: ScriptRunner
  readonly prefix: string
  readonly batches: AppendBatches
  readonly requests: ReleaseRequests
  /** An object for each listener: the same function may be added twice. */
  readonly listeners: Set<{ readonly listener: ReachListener }>
}

type RunOn = (hash: string, script: RedisScript, ...args: readonly ScriptArgument[]) => Promise<unknown>

const createRunOn =
  (runner: ScriptRunner, prefix: string): RunOn =>
  async (hash, script, ...args) => {
    runner.start()
    // The hash tag: both keys are on one slot of a cluster.
    return await runner.run(script, [`${prefix}s:{${hash}}`, `${prefix}o:{${hash}}`], args)
  }

const createWrites = (run: RunOn, batches: AppendBatches) => {
  const write = async (hash: string, script: RedisScript, ...args: readonly ScriptArgument[]): Promise<WriteAnswer> => {
    batches.flush(hash)
    return String(await run(hash, script, ...args)) as WriteAnswer
  }
  return {
    append: async (hash, generation, frames) => await batches.append(hash, generation, frames),
    handled: async (hash, generation, handled, data) =>
      await write(hash, handledScript, generation, handled, ...(data === undefined ? [] : [data])),
    acked: async (hash, generation, acked) => await write(hash, ackedScript, generation, acked),
    release: async (hash, generation, taken) => await write(hash, releaseScript, generation, taken),
    restore: async (snapshot) => {
      const answer = await write(snapshot.hash, restoreScript, ...toRestoreArguments(snapshot))
      return answer === 'ok' ? 'ok' : 'moved'
    },
    remove: async (hash, generation) => void (await write(hash, removeScript, generation)),
  } satisfies Partial<SessionStore>
}

const createReads = (run: RunOn, batches: AppendBatches) => {
  const ask = async (hash: string, script: RedisScript, ...args: readonly ScriptArgument[]): Promise<unknown> => {
    batches.flush(hash)
    return await run(hash, script, ...args)
  }
  return {
    create: async ({ hash, id, owner, node, codec, ttl }) =>
      void (await ask(hash, createScript, id, owner, node, codec, ttl)),
    find: async (hash, owner, turn) => toFoundSession(await ask(hash, findScript, owner, turn)),
    peek: async (hash) => toPeek(await ask(hash, peekScript)),
    claim: async (hash, node, turn, sent) => toClaimedSession(hash, await ask(hash, claimScript, node, turn, sent)),
  } satisfies Partial<SessionStore>
}

const createStore = (options: RedisSessionsOptions): SessionStore => {
  const { prefix = '', durable = false } = options
  const listeners: StoreState['listeners'] = new Set()
  const runner = createScriptRunner({
    target: options,
    scripts: sessionScripts,
    durable,
    onReach: (isReachable, error) => {
      for (const { listener } of listeners) listener(isReachable, error)
    },
  })
  const requests = createReleaseRequests(runner, prefix, !('cluster' in options))
  const run = createRunOn(runner, prefix)
  const batches = createAppendBatches(
    async (hash, generation, frames) =>
      String(
        await run(hash, appendScript, generation, frames[0]?.number ?? 0, ...frames.flatMap(toFields)),
      ) as WriteAnswer,
  )
  return {
    ...createReads(run, batches),
    ...createWrites(run, batches),
    requestRelease: async (node, hash, turn) => await requests.request(node, hash, turn),
    answerReleases: (node, release) => {
      runner.start()
      return requests.answer(node, release)
    },
    onReach: (listener) => {
      const entry = { listener }
      listeners.add(entry)
      runner.start()
      if (runner.isConnected()) listener(true)
      return () => void listeners.delete(entry)
    },
    close: async () => {
      requests.close()
      runner.close()
      await Promise.resolve()
    },
  }
}

/**
 * Keeps sessions in Redis, so that any process can resume any session. It opens two connections when the first server uses it; with a cluster, two and one
 * for each master. Redis needs `maxmemory-policy noeviction`. Of a `client` only the options are used: it is neither connected nor closed.
 * See docs/sessions-redis.md.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const redisSessions = (options: RedisSessionsOptions): SessionStore => {
  checkRedisSessionsOptions(options)
  return createStore(options)
}
