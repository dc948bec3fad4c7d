/** @jest-environment ./test/env/dom.cjs */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { useState } from 'react'
import { Charts } from '../../../src/devtools/panel/Charts.js'
import { toColumns } from '../../../src/devtools/panel/columns.js'
import { Timeline } from '../../../src/devtools/panel/Timeline.js'
import type { ConnectionRecording, SecondCounts } from '../../../src/devtools/index.js'
import { mount, unmountAll } from '../../support/reactApp.js'

// jsdom does not lay anything out: every element is 678 pixels wide here, of which the plot has 600, 10 for each second.
beforeEach(() => {
  Object.assign(window, {
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
  })
  jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(678)
})
afterEach(unmountAll)

/** A quarter to one, in every time zone. */
const from = Date.UTC(2026, 0, 1, 12, 45)
const to = from + 60_000

const second = (seconds: number, counts: Partial<SecondCounts>): SecondCounts => ({
  at: from + seconds * 1_000,
  received: 0,
  receivedBytes: 0,
  sent: 0,
  sentBytes: 0,
  dropped: 0,
  latency: null,
  queued: 0,
  ...counts,
})

const recording: ConnectionRecording = {
  name: 'default',
  rows: [],
  total: 0,
  seconds: [
    second(5, { received: 60, sent: 4, receivedBytes: 6_000, sentBytes: 400, latency: 20 }),
    second(12, { sent: 1, dropped: 3, queued: 7, latency: 1_500 }),
  ],
  phases: [
    { at: from, phase: 'connecting' },
    { at: from + 2_000, phase: 'open' },
    { at: from + 30_000, phase: 'reconnecting' },
    { at: from + 45_000, phase: 'open' },
  ],
  marks: [
    { at: from, kind: 'attempt', label: '0', severity: 'info' },
    { at: from + 12_000, kind: 'drop', label: '3', severity: 'error' },
    { at: from + 30_000, kind: 'close', label: '1012', severity: 'warning' },
    { at: from + 31_000, kind: 'close', label: '1006', severity: 'error' },
    { at: from + 44_000, kind: 'attempt', label: '1', severity: 'info' },
    { at: from + 50_000, kind: 'error', label: 'invalid_frame', severity: 'error' },
    { at: from + 70_000, kind: 'close', label: '4401', severity: 'error' },
  ],
  changes: [],
  state: null,
}

const show = async (view: 'timeline' | 'charts') => {
  const columns = toColumns(recording, from, to)
  let frame: HTMLElement | null = null
  const Shown = () => {
    const [props] = useState({ columns, from, to })
    return (
      <div
        ref={(element) => {
          frame = element ?? frame
        }}
      >
        {view === 'charts' ? <Charts {...props} /> : <Timeline recording={recording} {...props} />}
      </div>
    )
  }
  await mount(undefined, <Shown />)
  const all = (selector: string) => [...frame!.querySelectorAll(selector)]
  return {
    texts: (selector: string) => all(selector).map(({ textContent }) => textContent),
    attributes: (selector: string, ...names: string[]) =>
      all(selector).map((element) =>
        names
          .map((name) => element.getAttribute(name)!)
          .map((value) => (Number.isNaN(Number(value)) ? value : Math.round(Number(value))))
          .join(' '),
      ),
  }
}

describe('the timeline', () => {
  it('has a bar for each phase, as long as it lasted, with its name where there is room', async () => {
    const { attributes, texts } = await show('timeline')
    expect(attributes('.phase', 'class')).toEqual([
      'phase phase-connecting',
      'phase phase-open',
      'phase phase-reconnecting',
      'phase phase-open',
    ])
    expect(attributes('.phase rect', 'x', 'width')).toEqual(['52 20', '72 280', '352 150', '502 150'])
    expect(texts('.phase text')).toEqual(['open', 'reconnecting', 'open'])
    expect(texts('.phase title')[1]).toMatch(/^open, \d\d:45:02\.000, 28 s$/)
  })

  it('has a line for each attempt, a dot for each close, error and drop, and the code of a close where there is room', async () => {
    const { attributes, texts } = await show('timeline')
    expect(attributes('.attempt', 'x1')).toEqual(['52', '492'])
    expect(attributes('.mark-of', 'class')).toEqual([
      'mark-of mark-drop is-error',
      'mark-of mark-close is-warning',
      'mark-of mark-close is-error',
      'mark-of mark-error is-error',
    ])
    expect(attributes('.mark-of circle', 'cx')).toEqual(['172', '352', '362', '552'])
    expect(texts('.mark-of text')).toEqual(['1012'])
    expect(texts('.mark-of title').map((text) => text.split(',')[0])).toEqual([
      'drop 3',
      'close 1012',
      'close 1006',
      'error invalid_frame',
    ])
  })

  it('shows messages as bars whose height grows with their number, and drops in a colour of their own', async () => {
    const { attributes } = await show('timeline')
    expect(attributes('.density', 'x', 'height')).toEqual(['102 32', '172 4'])
    expect(attributes('.density-dropped', 'x')).toEqual(['172'])
  })

  it('says in words what it shows', async () => {
    const { attributes } = await show('timeline')
    expect(attributes('svg', 'aria-label')).toEqual([
      'Timeline of the last 1 min 0 s: open, 2 attempts, 2 closes (1012, 1006)',
    ])
  })
})

describe('the charts', () => {
  it('name the last value of each line: messages and bytes a second, the queue, drops, and the latency', async () => {
    const { texts } = await show('charts')
    expect(texts('figcaption')).toEqual([
      'Messages/sreceived 0sent 0',
      'Bytes/sreceived 0 Bsent 0 B',
      'Queuewaiting 7dropped 0',
      'Latencyheartbeat 1.5 s',
    ])
  })
})
