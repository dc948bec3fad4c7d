import { randomUUID } from 'node:crypto'
import { after } from '../../internal/clock.js'
import type { ScriptRunner } from './scriptRunner.js'

/** Requests between processes to release a session, over pub/sub. */
export interface ReleaseRequests {
  /** `false`: the process refused, or did not answer within 1 s. */
  readonly request: (node: string, hash: string, turn: number) => Promise<boolean>
  /** Answers the requests for `node`. Returns a function that stops it. */
  readonly answer: (node: string, release: (hash: string, turn: number) => Promise<boolean>) => () => void
  readonly close: () => void
}

/** How long a process has to release a session, in milliseconds. */
const RELEASE_TIMEOUT = 1_000

/** What a process publishes to another. */
type ReleaseMessage =
  | { readonly is: 'release'; readonly id: string; readonly h: string; readonly turn: number; readonly to: string }
  | { readonly is: 'released'; readonly id: string; readonly ok: boolean }

interface RequestState {
  readonly runner: ScriptRunner
  readonly channelOf: (node: string) => string
  /** In a cluster, the number of receivers is not known. */
  readonly countsReceivers: boolean
  /** This process, for the answers to its requests. */
  readonly self: string
  readonly waiting: Map<string, (isReleased: boolean) => void>
}

const publish = async ({ runner, channelOf }: RequestState, node: string, message: ReleaseMessage): Promise<number> =>
  await runner.publish(channelOf(node), JSON.stringify(message))

const request = async (state: RequestState, node: string, h: string, turn: number): Promise<boolean> => {
  const id = randomUUID()
  const { waiting, self, countsReceivers } = state
  return await new Promise<boolean>((resolve) => {
    const settle = (isReleased: boolean): void => {
      cancel()
      waiting.delete(id)
      resolve(isReleased)
    }
    const cancel = after(RELEASE_TIMEOUT, () => settle(false))
    waiting.set(id, settle)
    publish(state, node, { is: 'release', id, h, turn, to: self }).then(
      // A process that is gone is told from one that is slow.
      (receivers) => {
        if (receivers === 0 && countsReceivers) settle(false)
      },
      () => settle(false),
    )
  })
}

/** Others may publish to the channel too: what is no message of a process is ignored. */
const read = (text: string): ReleaseMessage | undefined => {
  try {
    const message = JSON.parse(text) as ReleaseMessage | null
    return typeof message?.id === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

const onRequest = async (
  state: RequestState,
  text: string,
  release: (hash: string, turn: number) => Promise<boolean>,
): Promise<void> => {
  const message = read(text)
  if (message?.is !== 'release') return
  const { id, h, turn, to } = message
  const ok = await release(h, turn).catch(() => false)
  // The one who asked times out when the answer does not arrive.
  await publish(state, to, { is: 'released', id, ok }).catch(() => {})
}

const onAnswer = ({ waiting }: RequestState, text: string): void => {
  const message = read(text)
  if (message?.is === 'released') waiting.get(message.id)?.(message.ok)
}

/** Creates the requests of one process. */
export const createReleaseRequests = (
  runner: ScriptRunner,
  prefix: string,
  countsReceivers: boolean,
): ReleaseRequests => {
  const channelOf = (node: string): string => `${prefix}node:${node}`
  const state: RequestState = { runner, channelOf, countsReceivers, self: randomUUID(), waiting: new Map() }
  const stop = runner.subscribe(channelOf(state.self), (text) => onAnswer(state, text))
  return {
    request: async (node, hash, turn) => await request(state, node, hash, turn),
    answer: (node, release) => runner.subscribe(channelOf(node), (text) => void onRequest(state, text, release)),
    close: () => {
      stop()
      for (const settle of state.waiting.values()) settle(false)
    },
  }
}
