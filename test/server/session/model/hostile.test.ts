import { describe, expect, it } from '@jest/globals'
import type { ControlFrame, Hello } from '../../../../src/internal/sessionFrames.js'
import * as module from '../../../../src/server/session/nodeSessions.js'
import type { SessionEnd } from '../../../../src/server/session/sessionNode.js'
import type { SessionLink } from '../../../../src/server/session/session.js'
import { buildWithout } from './leaveOut.js'
import type { NodeModule } from './modelWorld.js'

// Clients that lie, against the state machine.

const WINDOW = { messages: 10, bytes: 1000 }
const ZERO = { received: 0, acked: 0, sent: 0 }

const setUp = ({ createNodeSessions }: NodeModule = module) => {
  let serial = 0
  const ended: SessionEnd[] = []
  const node = createNodeSessions({
    name: 'node',
    store: undefined,
    host: {
      onBegin: () => {},
      mayResume: () => true,
      onResume: () => {},
      onSuspend: () => {},
      onProgress: () => {},
      onAcknowledged: () => {},
      onEnd: (_session, reason) => void ended.push(reason),
      onUndelivered: () => {},
      onStoreError: () => {},
    },
    limits: {
      ttl: 1000,
      maxMessages: 5,
      maxBytes: 100,
      maxTotalBytes: 5000,
      maxOrphans: 2,
      maxTombstones: 4,
      maxSuspended: 5,
      maxSuspendedTotal: 8,
    },
    createId: () => `s${++serial}`,
    createKey: () => `k${++serial}`,
    hashOf: (key) => `#${key}`,
    costOf: (message) => ({ bytes: message.length, shared: undefined }),
    terms: { ttl: 1000, window: WINDOW, maxPayload: 1000 },
    dataOf: () => '{}',
    toStored: (message) => message,
    fromStored: String,
  })
  const connect = (owner: string, hello: Partial<Hello> = {}, network = '::1') => {
    const down: (ControlFrame | string)[] = []
    const codes: number[] = []
    const link: SessionLink<string> = {
      owner,
      codec: '',
      network,
      isOver: () => codes.length > 0,
      sendControl: (frame) => void down.push(frame),
      sendFrame: (frame) => void down.push(frame),
      close: (code) => void codes.push(code),
    }
    void node.hello(link, { is: 'hello', window: WINDOW, ...hello })
    return { link, down, codes, welcome: down[0] as Extract<ControlFrame, { is: 'welcome' }> }
  }
  const keyOf = ({ welcome }: ReturnType<typeof connect>) => (welcome as { readonly key: string }).key
  return { node, connect, ended, keyOf }
}

/** @throws unless a client that has received what was never sent loses the session */
const checkLyingCounters = (broken?: NodeModule): void => {
  const { connect, keyOf, ended } = setUp(broken)
  const key = keyOf(connect('ann'))
  const liar = connect('ann', { key, turn: 1, received: 9, acked: 0, sent: 0 })
  expect(liar.welcome.resumed).toBe(false)
  expect(ended).toEqual(['counters'])
}

describe('a hostile client', () => {
  it('gets a new session for the key of somebody else, and does not disturb its owner', () => {
    const { connect, keyOf } = setUp()
    const ann = connect('ann')
    const eve = connect('eve', { key: keyOf(ann), turn: 1, ...ZERO })
    expect(eve.welcome.resumed).toBe(false)
    expect(eve.welcome.id).not.toBe(ann.welcome.id)
    expect(ann.codes).toEqual([])
  })

  it('cannot tell a foreign key from an unknown one', () => {
    const { node, connect, keyOf } = setUp()
    const ann = connect('ann')
    node.handled(node.take(ann.link, 1)!.session, 1)
    const members = (client: typeof ann) => Object.keys(client.welcome).toSorted()
    const foreign = () => connect('eve', { key: keyOf(ann), turn: 1, ...ZERO })
    const unknown = () => connect('eve', { key: 'guessed', turn: 1, ...ZERO })
    expect(members(foreign())).toEqual(members(unknown()))
    expect(members(foreign())).toEqual(members(connect('eve')))
    // The same after the session is over, which only its owner learns more about.
    node.lose(node.sessionOf(ann.link)!, 'expired', 1013, '')
    expect(members(foreign())).toEqual(members(unknown()))
    expect(connect('ann', { key: keyOf(ann), turn: 1, ...ZERO }).welcome).toMatchObject({ resumed: false, acked: 1 })
  })

  it('loses its session when its counters cannot be true', () => {
    checkLyingCounters()
    const { node, connect, keyOf } = setUp()
    for (const lie of [
      { received: 0, acked: 1, sent: 1 },
      { received: 0, acked: 0, sent: 0 },
    ]) {
      const ann = connect('ann')
      node.take(ann.link, 1)
      expect(connect('ann', { key: keyOf(ann), turn: 1, ...lie }).welcome.resumed).toBe(false)
    }
  })

  it('is found by this test on a server that does not compare the counters', async () => {
    const rule = { file: 'continuing.ts', text: 'if (!fits(session, hello)) {', without: 'if (session.taken < 0) {' }
    const broken = await buildWithout(rule)
    expect(() => checkLyingCounters(broken)).toThrow('expect')
  })

  it('is closed with 4400 when it acknowledges what was never sent, and its session is lost', () => {
    const { node, connect, ended } = setUp()
    const bob = connect('bob')
    node.send(node.sessionOf(bob.link)!, 'one')
    node.ack(bob.link, 2)
    expect(bob.codes).toEqual([4400])
    expect(ended).toEqual(['counters'])
  })

  it('is closed with 1013 when it never acknowledges, and its session is lost', () => {
    const { node, connect, ended } = setUp()
    const silent = connect('silent')
    const session = node.sessionOf(silent.link)!
    const accepted = Array.from({ length: 9 }, (_, index) => node.send(session, `m${index}`))
    expect(accepted.filter(Boolean)).toHaveLength(5)
    expect(silent.codes).toEqual([1013])
    expect(ended).toEqual(['overflow'])
    expect(node.keptBytes()).toBe(0)
  })

  it('leaves few sessions behind by connecting again and again', () => {
    const { node, connect } = setUp()
    for (let n = 0; n < 50; n++) node.closed(connect('storm').link)
    expect(Array.from(node.sessions())).toHaveLength(2)
    expect(node.tombstones()).toBe(0)
    for (let n = 0; n < 50; n++) {
      const { link } = connect('storm')
      node.handled(node.take(link, 1)!.session, 1)
      node.lose(node.sessionOf(link)!, 'expired', 1013, '')
    }
    expect(node.tombstones()).toBe(4)
  })

  it('leaves few sessions behind that wait for it: of one address, and of all', () => {
    const { node, connect, ended } = setUp()
    const leave = (network: string) => {
      const { link } = connect('ann', {}, network)
      node.ack(link, 0)
      node.closed(link)
    }
    for (let n = 0; n < 7; n++) leave('::1')
    expect(Array.from(node.sessions())).toHaveLength(5)
    for (let n = 0; n < 5; n++) leave('::2')
    expect(Array.from(node.sessions(), ({ network }) => network).toSorted()).toEqual([
      '::1',
      '::1',
      '::1',
      '::2',
      '::2',
      '::2',
      '::2',
      '::2',
    ])
    expect(ended).toEqual(['overflow', 'overflow', 'overflow', 'overflow'])
  })

  it('does not make the process keep more than its bound: the session that is suspended longest is lost', () => {
    const { node, connect, ended } = setUp()
    const clients = Array.from({ length: 40 }, (_, index) => connect(`user${index}`))
    const sessions = clients.map(({ link }) => node.sessionOf(link)!)
    for (const { link } of clients) node.ack(link, 0)
    for (const index of [7, 3]) node.closed(clients[index]!.link)
    for (const session of sessions) node.send(session, 'x'.repeat(60))
    node.send(sessions[0]!, 'x'.repeat(40))
    expect(node.keptBytes()).toBeLessThanOrEqual(5000)
    expect(ended).toEqual(['overflow'])
    expect(Array.from(node.sessions())).not.toContain(sessions[7])
    expect(Array.from(node.sessions())).toContain(sessions[3])
  })
})
