import { describe, expect, it } from '@jest/globals'
import { createRowList } from '../../../src/devtools/rowList.js'
import { readRecording } from '../../../src/devtools/recordingFile.js'
import { recordingAt, spanOf } from '../../../src/devtools/recordingAt.js'
import { toColumns } from '../../../src/devtools/panel/columns.js'
import { filterRows } from '../../../src/devtools/panel/filterRows.js'
import { createMask } from '../../../src/devtools/secrets.js'
import type { ConnectionRecording, LogRow, SocketRecording } from '../../../src/devtools/index.js'
import { idleSocket } from '../../../src/state/socketReducer.js'

const row = (id: number, at = id, more: Partial<LogRow> = {}): LogRow => ({
  id,
  at,
  kind: 'received',
  title: '',
  body: String(id),
  bytes: 1,
  severity: 'info',
  ...more,
})

const connection: ConnectionRecording = {
  name: 'default',
  rows: [row(3, 1_000), row(4, 2_000), row(5, 3_000)],
  total: 6,
  seconds: [
    { at: 1_000, received: 1, receivedBytes: 1, sent: 0, sentBytes: 0, dropped: 0, latency: null, queued: 0 },
    { at: 3_000, received: 0, receivedBytes: 0, sent: 2, sentBytes: 8, dropped: 1, latency: 20, queued: 4 },
  ],
  phases: [
    { at: 500, phase: 'connecting' },
    { at: 1_000, phase: 'open' },
  ],
  marks: [{ at: 2_500, kind: 'close', label: '1006', severity: 'warning' }],
  changes: [
    { at: 400, before: {}, after: { ...idleSocket } },
    { at: 500, before: { status: 'idle' }, after: { status: 'connecting' } },
    { at: 1_000, before: { status: 'connecting', openedAt: null }, after: { status: 'open', openedAt: 1_000 } },
  ],
  state: { ...idleSocket, status: 'open', openedAt: 1_000 },
}

const recording: SocketRecording = {
  format: 'reduplex-recording',
  version: 1,
  savedAt: 4_000,
  connections: [connection],
}

describe('readRecording', () => {
  it('returns what JSON.stringify made of a recording', () => {
    expect(readRecording(JSON.stringify(recording))).toEqual(recording)
  })

  it.each<[what: string, text: string]>([
    ['a text that is not JSON', '{'],
    ['null', 'null'],
    ['other JSON', '{"format":"har"}'],
    ['a later version', JSON.stringify({ ...recording, version: 2 })],
    [
      'a time that no Date has',
      JSON.stringify({ ...recording, connections: [{ ...connection, rows: [{ ...row(1), at: 9e15 }] }] }),
    ],
    ['a time of saving that no Date has', JSON.stringify({ ...recording, savedAt: -9e15 })],
    [
      'two rows with one id',
      JSON.stringify({ ...recording, connections: [{ ...connection, rows: [row(1), row(1)] }] }),
    ],
    ['two connections with one name', JSON.stringify({ ...recording, connections: [connection, connection] })],
    ['a recording without connections', JSON.stringify({ ...recording, connections: [] })],
    [
      'a row without a time',
      JSON.stringify({ ...recording, connections: [{ ...connection, rows: [{ ...row(1), at: null }] }] }),
    ],
    [
      'a row whose text is an object',
      JSON.stringify({ ...recording, connections: [{ ...connection, rows: [{ ...row(1), body: {} }] }] }),
    ],
    [
      'an unknown phase',
      JSON.stringify({ ...recording, connections: [{ ...connection, phases: [{ at: 1, phase: 'x' }] }] }),
    ],
    [
      'a mark without a label',
      JSON.stringify({ ...recording, connections: [{ ...connection, marks: [{ at: 1, kind: 'close' }] }] }),
    ],
    [
      'seconds without counts',
      JSON.stringify({ ...recording, connections: [{ ...connection, seconds: [{ at: 1 }] }] }),
    ],
    [
      'changes without values',
      JSON.stringify({ ...recording, connections: [{ ...connection, changes: [{ at: 1 }] }] }),
    ],
  ])('throws invalid_recording for %s', (_what, text) => {
    expect(() => readRecording(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_recording',
        message: expect.stringContaining('Expected the JSON of a recording'),
      }),
    )
  })
})

describe('recordingAt', () => {
  it('returns what had happened by then, with the state of that time', () => {
    expect(recordingAt(connection, 2_000)).toMatchObject({
      rows: [{ id: 3 }, { id: 4 }],
      total: 5,
      marks: [],
      seconds: [{ at: 1_000 }],
      state: { status: 'open', openedAt: 1_000 },
    })
    expect(recordingAt(connection, 999)).toMatchObject({
      rows: [],
      phases: [{ phase: 'connecting' }],
      state: { status: 'connecting', openedAt: null },
    })
    expect(recordingAt(connection, 0).state).toBeNull()
    expect(recordingAt(connection, 9_000)).toEqual(connection)
  })

  it('spans from the first moment to the last one', () => {
    expect(spanOf([connection])).toEqual({ from: 400, to: 3_000 })
    expect(spanOf([{ ...connection, rows: [], seconds: [], phases: [], marks: [], changes: [] }])).toEqual({
      from: 0,
      to: 0,
    })
  })
})

describe('the columns of charts', () => {
  it('have one value a second, and keep the queue and the latency until they change', () => {
    expect(toColumns(connection, 0, 4_500)).toEqual({
      times: [0, 1_000, 2_000, 3_000, 4_000],
      received: [0, 1, 0, 0, 0],
      sent: [0, 0, 0, 2, 0],
      receivedBytes: [0, 1, 0, 0, 0],
      sentBytes: [0, 0, 0, 8, 0],
      dropped: [0, 0, 0, 1, 0],
      queued: [0, 0, 0, 4, 4],
      latency: [null, null, null, 20, 20],
    })
    expect(toColumns(connection, 3_500, 4_000)).toMatchObject({ times: [3_000, 4_000], sent: [2, 0] })
    expect(toColumns(connection, 5_000, 5_000)).toMatchObject({ queued: [4], latency: [20] })
  })
})

describe('a list of rows', () => {
  const add = (list: ReturnType<typeof createRowList>, body: string) => list.add({ ...row(0), body })

  it('discards the oldest rows beyond its number of rows and of characters', () => {
    const list = createRowList(3, 10)
    for (const body of ['a', 'b', 'c', 'd']) add(list, body)
    expect(list.list().map(({ id, body }) => [id, body])).toEqual([
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ])
    add(list, 'long text')
    expect(list.list().map(({ body }) => body)).toEqual(['d', 'long text'])
    add(list, 'longer than all of them')
    expect(list.list().map(({ id }) => id)).toEqual([5])
    expect(list.total()).toBe(6)
  })

  it('changes rows that it still has', () => {
    const list = createRowList(2)
    for (const body of ['a', 'b', 'c']) add(list, body)
    list.change(0, { body: 'gone' })
    list.change(2, { delivery: 'sent' })
    list.changeAll(({ body }) => (body === 'b' ? { body: 'B' } : undefined))
    expect(list.list()).toMatchObject([{ body: 'B' }, { body: 'c', delivery: 'sent' }])
    list.clear()
    list.change(2, { body: 'gone' })
    expect(list.list()).toEqual([])
    expect(add(list, 'd')).toBe(3)
  })
})

describe('filterRows', () => {
  const rows = [
    row(0, 0, { body: 'Hello' }),
    row(1, 1, { kind: 'event', title: 'socket/closed', severity: 'warning' }),
    row(2, 2, { kind: 'sent', severity: 'error' }),
  ]
  const ids = (text: string, kind: Parameters<typeof filterRows>[1]['kind']) =>
    filterRows(rows, { text, kind }).map(({ id }) => id)

  it('selects by kind, by problem, and by text in any case', () => {
    expect(filterRows(rows, { text: ' ', kind: 'all' })).toBe(rows)
    expect(ids('hELLO', 'all')).toEqual([0])
    expect(ids('CLOSED', 'all')).toEqual([1])
    expect(ids('', 'sent')).toEqual([2])
    expect(ids('', 'problem')).toEqual([1, 2])
    expect(ids('closed', 'received')).toEqual([])
  })
})

describe('createMask', () => {
  const { message: mask, sentence } = createMask()

  it.each([
    'password',
    'passwd_phrase_passphrase',
    'accessToken',
    'client_secret',
    'Authorization',
    'set-cookie',
    'api_key',
    'sessionId',
  ])('replaces the value of %s', (name) => {
    expect(mask(JSON.stringify({ [name]: { any: ['value'] }, other: 1 }))).toBe(`{"${name}":"…","other":1}`)
  })

  it('leaves other texts as they are, and shortens long ones', () => {
    expect(mask('{ "key": 1,  "type": "a" }')).toBe('{ "key": 1,  "type": "a" }')
    expect(mask('not { JSON')).toBe('not { JSON')
    expect(mask('x'.repeat(20_000))).toBe(`${'x'.repeat(10_000)}…`)
    expect(mask('{"note":"a token","inner":"{\\"token\\":1}"}')).toBe(
      '{"note":"a token","inner":"{\\"token\\":\\"…\\"}"}',
    )
    expect(mask(`{"a":"${'x'.repeat(20_000)}","token":"t"}`)).not.toContain('token')
  })

  it('replaces a sentence that quotes a secret member', () => {
    expect(sentence('The token is too old.')).toBe('The token is too old.')
    expect(sentence('Unexpected end of JSON input in "{"token":"abc"')).toMatch(/^… \(hidden/)
  })
})
