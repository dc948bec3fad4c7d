import { describe, expect, it } from '@jest/globals'
import type { ControlFrame } from '../../../src/internal/sessionFrames.js'
import { createNodeSessions, type NodeSessions } from '../../../src/server/session/nodeSessions.js'
import type { SessionHost } from '../../../src/server/session/sessionNode.js'
import type { Session, SessionLink } from '../../../src/server/session/session.js'
import type { SessionStore } from '../../../src/server/session/sessionStore.js'
import { createModelStore } from '../../support/session/modelStore.js'

// `hello` with `end` where several processes share a store.

class Link implements SessionLink<string> {
  readonly owner = 'ann'
  readonly codec = ''
  readonly network = 'n'
  readonly controls: ControlFrame[] = []
  closedWith: number | undefined
  isOver() {
    return this.closedWith !== undefined
  }
  sendControl(frame: ControlFrame) {
    this.controls.push(frame)
  }
  sendFrame() {}
  close(code: number) {
    this.closedWith ??= code
  }
}

const WINDOW = { messages: 10, bytes: 1_000 }

const createProcesses = () => {
  const model = createModelStore()
  const nodes = new Map<string, NodeSessions<string>>()
  const alive = new Set<string>()
  let count = 0
  const ask =
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Answer) =>
    async (...args: Args) =>
      await Promise.resolve(call(...args))
  const store = {
    ...Object.fromEntries(
      (['create', 'find', 'peek', 'claim', 'append', 'handled', 'acked', 'release', 'restore', 'remove'] as const).map(
        (name) => [name, ask(model[name] as () => unknown)],
      ),
    ),
    requestRelease: async (node: string, hash: string, turn: number) =>
      alive.has(node) && (await nodes.get(node)!.release(hash, turn)),
  } as unknown as SessionStore
  const nothing = () => {}
  const host = {
    onBegin: nothing,
    mayResume: () => true,
    onResume: nothing,
    onSuspend: nothing,
    onProgress: nothing,
    onAcknowledged: nothing,
    onEnd: nothing,
    onUndelivered: nothing,
    onStoreError: (error: unknown) => {
      throw error
    },
  } satisfies SessionHost<string>
  for (const name of ['a', 'b']) {
    alive.add(name)
    nodes.set(
      name,
      createNodeSessions<string>({
        name,
        store,
        host,
        limits: {
          ttl: 1_000,
          maxMessages: 10,
          maxBytes: 1e6,
          maxTotalBytes: 1e6,
          maxOrphans: 9,
          maxSuspended: 9,
          maxSuspendedTotal: 9,
          maxTombstones: 9,
        },
        createId: () => `s${++count}`,
        createKey: () => `k${++count}`,
        hashOf: (key) => `#${key}`,
        costOf: (message) => ({ bytes: message.length, shared: undefined }),
        terms: {},
        dataOf: () => '{}',
        toStored: (message) => message,
        fromStored: String,
      }),
    )
  }
  return { a: nodes.get('a')!, b: nodes.get('b')!, kill: (name: string) => alive.delete(name) }
}

/** A page whose three frames the process has taken; the first `handled` of them are handled and saved. */
const openPage = async (node: NodeSessions<string>, handled: number) => {
  const link = new Link()
  await node.hello(link, { is: 'hello', window: WINDOW })
  const { key } = link.controls[0] as { readonly key: string }
  let session: Session<string> | undefined
  for (let n = 1; n <= 3; n++) ({ session } = node.take(link, 1)!)
  for (let n = 1; n <= handled; n++) node.handled(session!, n)
  await new Promise(setImmediate)
  return key
}

const end = async (node: NodeSessions<string>, key: string) => {
  const link = new Link()
  await node.hello(link, { is: 'hello', key, turn: 1, received: 0, acked: 0, sent: 4, end: true, window: WINDOW })
  return link.controls[0]
}

describe('a session that several processes share, and whose page is gone', () => {
  it('is ended by the process that has it, again and again', async () => {
    const { a } = createProcesses()
    const key = await openPage(a, 1)
    expect(await end(a, key)).toMatchObject({ resumed: false, acked: 3, ended: true })
    expect(await end(a, key)).toMatchObject({ resumed: false, acked: 3, ended: true })
  })

  it('is ended by another process after the first one has released it', async () => {
    const { a, b } = createProcesses()
    const key = await openPage(a, 1)
    // An answer may be lost.
    for (let count = 0; count < 2; count++) {
      expect(await end(b, key)).toMatchObject({ resumed: false, acked: 3, ended: true })
    }
  })

  it('is not known to have ended when the process that had it does not answer: it may have taken more than it saved', async () => {
    const { a, b, kill } = createProcesses()
    const key = await openPage(a, 1)
    kill('a')
    const answer = await end(b, key)
    expect(answer).toMatchObject({ resumed: false, acked: 1 })
    expect(answer).not.toHaveProperty('ended')
  })
})
