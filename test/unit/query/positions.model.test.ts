import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { newStream, reduceStream } from '../../../src/query/streamLifecycle.js'
import type { StreamEffect, StreamEvent } from '../../../src/query/streamModel.js'
import { loadChanged, type SourceChange } from '../../support/brokenModule.js'

// A stream whose channel has a history, and whose query answers with a position. The data are the numbers of all publications so far, and `apply` appends: a
// push that is put in twice, or is missing, shows.

interface Code {
  readonly newStream: typeof newStream
  readonly reduceStream: typeof reduceStream
}

const stepNames = ['publish', 'accept', 'deliver', 'cut', 'epoch', 'fetch', 'read', 'answer', 'fail', 'flush'] as const
type Step = readonly [name: (typeof stepNames)[number], n: number]

interface Position {
  readonly epoch: string
  readonly offset: number
}

type Wire = { readonly push: number; readonly at: Position } | { readonly missed: Position }

class Violation extends Error {}

const play = (steps: readonly Step[], size: number, { newStream: create, reduceStream: reduce }: Code): void => {
  /** The number of publications, and of those before the current epoch. */
  let top = 0
  let base = 0
  let epoch = 0
  const positionOf = (count: number): Position => ({ epoch: `e${epoch}`, offset: count - base })
  const countOf = ({ offset }: Position): number => offset + base

  let data: number[] | undefined
  const entry = { status: 'pending', requestId: 'r0' }
  let request: { readonly id: string; snapshot: number | undefined } | undefined = { id: 'r0', snapshot: undefined }
  let requests = 0
  const startFetch = (): void => {
    if (request) return
    request = { id: `r${++requests}`, snapshot: undefined }
    Object.assign(entry, { status: 'pending', requestId: request.id })
  }

  /** The position of the last push that the client has had; what it asks the server for; whether the server has accepted. */
  let position: Position | undefined
  let since: Position | undefined
  let isNew = true
  let isActive = false
  let wire: Wire[] = []

  let state = create<number>(1_000)
  let status: string | undefined
  let hasFlush = false
  const events: StreamEvent<number>[] = []
  let isSending = false
  const run = (effect: StreamEffect<number>): void => {
    if (effect.type === 'apply') {
      hasFlush = false
      data?.push(...effect.pushes)
    } else if (effect.type === 'schedule') hasFlush = true
    else if (effect.type === 'cancel') hasFlush = false
    else if (effect.type === 'report') ({ status } = effect)
    else if (effect.type === 'refetch') {
      startFetch()
      send({ type: 'refetched' })
    } else {
      isActive = false
      isNew = false
      wire = []
      since = effect.at
    }
  }
  const send = (event: StreamEvent<number>): void => {
    events.push(event)
    if (isSending) return
    isSending = true
    for (let next = events.shift(); next; next = events.shift()) {
      const [after, effects] = reduce(state, next, { ...entry })
      state = after
      effects.forEach(run)
    }
    isSending = false
  }
  const actions: Record<Step[0], (n: number) => void> = {
    publish: () => {
      top++
      if (isActive) wire.push({ push: top, at: positionOf(top) })
    },
    accept: () => {
      if (isActive) return
      isActive = true
      const asked = since
      const isWhole = since?.epoch === `e${epoch}` && top - countOf(since) <= size
      const at = isWhole ? since! : positionOf(top)
      position = at
      send({ type: 'subscribed', recovered: isWhole || isNew, at })
      isNew = false
      // The stream may subscribe again at once.
      if (wire.length > 0 || since !== asked || !isWhole) return
      for (let count = countOf(at) + 1; count <= top; count++) wire.push({ push: count, at: positionOf(count) })
    },
    deliver: (n) => {
      for (const frame of wire.splice(0, 1 + n)) {
        if ('missed' in frame) {
          position = frame.missed
          send({ type: 'lost' })
          send({ type: 'subscribed', recovered: false, at: position })
        } else {
          position = frame.at
          send({ type: 'pushed', push: frame.push, offset: frame.at.offset })
        }
      }
    },
    cut: () => {
      if (!isActive) return
      isActive = false
      wire = []
      since = position
      send({ type: 'lost' })
    },
    epoch: () => {
      epoch++
      base = top
      if (isActive) wire.push({ missed: positionOf(top) })
    },
    fetch: startFetch,
    read: (n) => {
      // It may read data that is somewhat old.
      if (request) request.snapshot ??= Math.max(base, top - n)
    },
    answer: () => {
      if (request?.snapshot === undefined) return
      const { id, snapshot } = request
      const at = snapshot >= base ? positionOf(snapshot) : { epoch: 'earlier', offset: snapshot }
      const isFirst = data === undefined
      request = undefined
      entry.status = 'fulfilled'
      data = Array.from({ length: snapshot }, (_, index) => index + 1)
      send({ type: 'settled', requestId: id, at })
      if (isFirst) send({ type: 'loaded', at })
    },
    fail: () => {
      if (!request || !data) return
      const { id } = request
      request = undefined
      entry.status = 'rejected'
      send({ type: 'settled', requestId: id })
    },
    flush: () => {
      if (hasFlush) send({ type: 'flush' })
      hasFlush = false
    },
  }
  let isSettled = false
  const check = (): void => {
    // Between a new epoch and the notice of it, positions cannot be compared: what is wrong then is fetched again.
    if (status !== 'live' || (epoch > 0 && !isSettled)) return
    const wrong = data!.findIndex((number, index) => number !== index + 1)
    if (wrong >= 0) throw new Violation(`live, and after ${wrong} comes ${data![wrong]}`)
  }
  send({ type: 'started' })
  for (const [name, n] of steps) {
    actions[name](n)
    check()
  }
  for (let round = 0; round < 40; round++) {
    for (const name of ['accept', 'deliver', 'read', 'answer', 'flush'] as const) {
      actions[name](name === 'deliver' ? 1_000 : 0)
      check()
    }
    // A fetch that failed is made again by the app.
    if (entry.status === 'rejected') startFetch()
  }
  isSettled = true
  check()
  if (status !== 'live' || data!.length !== top) throw new Violation(`${status}, with ${data!.length} of ${top}`)
}

const weights: Readonly<Record<Step[0], number>> = {
  publish: 8,
  accept: 5,
  deliver: 8,
  cut: 2,
  epoch: 1,
  fetch: 3,
  read: 5,
  answer: 5,
  fail: 1,
  flush: 5,
}
const steps = fc.array(
  fc.oneof(...stepNames.map((name) => ({ weight: weights[name], arbitrary: fc.tuple(fc.constant(name), fc.nat(3)) }))),
  { minLength: 5, maxLength: 60, size: 'max' },
)
const propertyOf = (code: Code) =>
  fc.property(steps, fc.integer({ min: 1, max: 8 }), (given, size) => play(given as Step[], size, code))

const FILE = 'src/query/streamLifecycle.ts'
const rules: readonly (readonly [rule: string, ...changes: SourceChange[]])[] = [
  ['pushes that the result contains are left out', { file: FILE, from: '!(offset! <= last!)', to: 'true' }],
  [
    'pushes that follow, and that the result contains, are dropped',
    { file: FILE, from: 'event.offset <= offset', to: 'false' },
  ],
  [
    'a result that is older than the kept pushes is no base for them',
    { file: FILE, from: 'if (at.offset + 1 < (oldest?.offset ?? newest!.offset + 1)) return rejoin(next, at)', to: '' },
  ],
  [
    'data that is older than the first subscription is joined from its position',
    { file: FILE, from: 'had.offset < at!.offset ? rejoin(next as Loaded<Push>, had) : [next, []]', to: '[next, []]' },
  ],
  [
    'a result during whose request nothing was pushed is joined too',
    {
      file: FILE,
      from: 'at && requestId === entry.requestId ? join(state, state.waiting, at, entry) : [state, []]',
      to: '[state, []]',
    },
  ],
  [
    'a result of another epoch is no base for the kept pushes',
    { file: FILE, from: 'at && !state.gap ?', to: 'false ?' },
  ],
  [
    'the position of the data is kept when nothing was missed',
    { file: FILE, from: '(recovered && had) || at', to: 'at' },
  ],
]

describe('a stream with positions', () => {
  const code: Code = { newStream, reduceStream }

  it('puts each push into the data once, whatever comes first', () => {
    const numRuns = Number(process.env['POSITION_RUNS'] ?? 3_000)
    const { counterexample, errorInstance, numRuns: runs } = fc.check(propertyOf(code), { numRuns })
    expect({ counterexample: JSON.stringify(counterexample), error: String(errorInstance), runs }).toEqual({
      counterexample: 'null',
      error: 'null',
      runs: numRuns,
    })
  })

  it.each(rules)('fails when this rule is left out: %s', async (_rule, ...changes) => {
    const broken = await loadChanged<Code>(`export * from './${FILE}'`, changes)
    expect(fc.check(propertyOf(broken), { numRuns: 8_000, seed: 7, endOnFailure: true }).failed).toBe(true)
  })
})
