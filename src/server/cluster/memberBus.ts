import { randomUUID } from 'node:crypto'
import { after, type Cancel } from '../../internal/clock.js'
import type { Report } from '../problems.js'
import type { ChannelMember } from '../types.js'
import type { Bus } from './bus.js'
import { createBusTopic, type BusTopic } from './busTopic.js'
import { readMemberMessage, type MemberMessage } from './memberMessages.js'
import type { MemberChange, MemberTable } from './memberTable.js'
import { createOtherMembers, type OtherMembers } from './otherMembers.js'

/** Tells the other nodes the members of this one, and keeps theirs in the table. */
export interface MemberBus {
  readonly join: (channel: string, member: ChannelMember) => void
  readonly leave: (channel: string, member: ChannelMember) => void
  readonly close: () => Promise<void>
}

/** What {@link createMemberBus} needs. */
export interface MemberBusConfig {
  readonly bus: Bus | undefined
  readonly table: MemberTable
  /** Milliseconds without a message after which the members of another node are removed. */
  readonly nodeTimeout: number
  readonly report: Report
}

const TOPIC = 'reduplex.members'
/** Changes come in bursts; the milliseconds that they are collected. */
const COLLECT_MS = 20
/** The milliseconds until this node answers who asks for all its members: several may ask at once. */
const ANSWER_PAUSE = 200
/** How many times within its timeout a node repeats its version: two may get lost. */
const ANNOUNCEMENTS = 3
/** The entries of one message. */
const PART_SIZE = 200

interface BusState extends MemberBusConfig {
  readonly topic: BusTopic<MemberMessage>
  readonly others: OtherMembers
  version: number
  changes: MemberChange[]
  isConnected: boolean
  isClosed: boolean
  cancelChanges: Cancel | undefined
  cancelAnswer: Cancel | undefined
  cancelAnnounce: Cancel | undefined
  stopStatus: (() => void) | undefined
}

const publish = async (state: BusState, message: Omit<MemberMessage, 'node'>): Promise<void> => {
  if (!state.isConnected) return
  // A failure is reported.
  await state.topic.publish(message).catch(() => {})
}

/** Repeats the version, so that a node that misses a change notices it, and none takes this one for dead. */
const announceLater = (state: BusState): void => {
  state.cancelAnnounce?.()
  state.cancelAnnounce = undefined
  if (state.isClosed || state.table.sizeOf(state.topic.node) === 0) return
  state.cancelAnnounce = after(state.nodeTimeout / ANNOUNCEMENTS, () => {
    void publish(state, { version: state.version })
    announceLater(state)
  })
}

const sendChanges = (state: BusState): void => {
  state.cancelChanges?.()
  state.cancelChanges = undefined
  if (state.changes.length === 0) return
  const { changes } = state
  state.changes = []
  // Counted also while the bus is disconnected: the others then notice that they miss something.
  void publish(state, { version: ++state.version, changes })
  announceLater(state)
}

const sendAll = (state: BusState): void => {
  state.cancelAnswer?.()
  state.cancelAnswer = undefined
  sendChanges(state)
  // This node has never had members.
  if (state.version === 0) return
  const entries = state.table.entriesOf(state.topic.node)
  const count = Math.max(1, Math.ceil(entries.length / PART_SIZE))
  for (let part = 0; part < count; part++) {
    const all = { part, isLast: part === count - 1, entries: entries.slice(part * PART_SIZE, (part + 1) * PART_SIZE) }
    void publish(state, { version: state.version, all })
  }
  announceLater(state)
}

const answerSoon = (state: BusState): void => {
  state.cancelAnswer ??= after(ANSWER_PAUSE, () => sendAll(state))
}

const receive = (state: BusState, message: MemberMessage): void => {
  if (state.isClosed) return
  if (message.hello || message.ask === state.topic.node) answerSoon(state)
  state.others.receive(message)
}

const onStatus = (state: BusState, isConnected: boolean): void => {
  const wasConnected = state.isConnected
  state.isConnected = isConnected
  if (!isConnected || wasConnected || state.isClosed) return
  void publish(state, { hello: true })
  answerSoon(state)
}

const collect = (state: BusState, change: MemberChange): void => {
  if (state.isClosed) return
  state.changes.push(change)
  state.cancelChanges ??= after(COLLECT_MS, () => sendChanges(state))
}

const close = async (state: BusState): Promise<void> => {
  if (state.isClosed) return
  state.isClosed = true
  for (const cancel of [state.cancelChanges, state.cancelAnswer, state.cancelAnnounce]) cancel?.()
  state.others.stop()
  await publish(state, { bye: true })
  state.stopStatus?.()
  await state.topic.unsubscribe()
}

const start = (state: BusState, bus: Bus): void => {
  state.stopStatus = bus.onStatus?.(({ isConnected }) => onStatus(state, isConnected))
  void state.topic
    .subscribe((message) => receive(state, message))
    .then(() => void (state.isClosed || publish(state, { hello: true })))
}

/** Creates the exchange of members with the other nodes. Without a bus there are no other nodes. */
export const createMemberBus = (config: MemberBusConfig, node: string = randomUUID()): MemberBus => {
  const { bus, table, nodeTimeout, report } = config
  if (!bus) {
    return {
      join: (channel, member) => table.add(node, channel, member),
      leave: (channel, { id }) => table.remove(node, channel, id),
      close: async () => {},
    }
  }
  const state: BusState = {
    ...config,
    topic: createBusTopic({ bus, name: TOPIC, read: readMemberMessage, report, node }),
    others: createOtherMembers({ table, nodeTimeout, ask: (other) => void publish(state, { ask: other }) }),
    version: 0,
    changes: [],
    isConnected: true,
    isClosed: false,
    cancelChanges: undefined,
    cancelAnswer: undefined,
    cancelAnnounce: undefined,
    stopStatus: undefined,
  }
  start(state, bus)
  return {
    join: (channel, member) => {
      table.add(node, channel, member)
      collect(state, { kind: 'join', channel, member })
    },
    leave: (channel, member) => {
      table.remove(node, channel, member.id)
      collect(state, { kind: 'leave', channel, member })
    },
    close: () => close(state),
  }
}
