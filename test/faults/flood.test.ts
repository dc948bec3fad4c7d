import { describe, expect, it } from '@jest/globals'
import { runProgram } from '../support/program.js'
import { startSlowReader, type SlowReader } from './support/slowReader.js'

interface Flood {
  readonly megabytes: number
  readonly size: number
  readonly manner: 'polite' | 'rude'
  readonly heartbeat: { readonly interval: number; readonly timeout: number }
}

interface Report {
  readonly total: number
  readonly sent: number
  readonly queued: number
  readonly dropped: number
  readonly reported: Record<string, number>
  /** Answers to the heartbeat. */
  readonly proven: number
  readonly congestions: number
  /** Heap and buffers in bytes, before and at most. */
  readonly before: number
  readonly peak: number
  readonly errors: readonly string[]
  /** Sockets lost before the close. */
  readonly closed: number
}

const MiB = 1024 * 1024

const flood = async ({ url }: SlowReader, wish: Flood): Promise<Report> => {
  const { stdout, stderr, code } = await runProgram('test/faults/flood.program.ts', 50_000, [
    JSON.stringify({ ...wish, url }),
  ])
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  return JSON.parse(stdout) as Report
}

describe('200 MB for a peer that reads slowly', () => {
  it('are delivered in order, in little memory and with the heartbeat answered, when the app waits while congested', async () => {
    await using reader = await startSlowReader({ gulp: MiB, rest: 10 })
    const report = await flood(reader, {
      megabytes: 200,
      size: 32 * 1024,
      manner: 'polite',
      heartbeat: { interval: 50, timeout: 5_000 },
    })
    expect(report).toMatchObject({ errors: [], closed: 0, dropped: 0, reported: {} })
    expect(report.sent + report.queued).toBe(report.total)
    expect(reader).toMatchObject({ connections: 1, messages: report.total, inOrder: true })
    expect(report.congestions).toBeGreaterThan(0)
    expect(report.proven).toBeGreaterThan(1)
    // The two bounds, 1 MiB each, some of it held twice for a moment, and garbage that is not collected yet.
    expect(report.peak - report.before).toBeLessThan(64 * MiB)
  }, 60_000)

  it('are partly dropped, each with its report, when the app does not wait', async () => {
    await using reader = await startSlowReader({ gulp: MiB, rest: 10 })
    const report = await flood(reader, {
      megabytes: 200,
      size: 32 * 1024,
      manner: 'rude',
      heartbeat: { interval: 50, timeout: 5_000 },
    })
    expect(report).toMatchObject({ errors: [], closed: 0 })
    expect(report.dropped).toBeGreaterThan(0)
    expect(report.reported).toEqual({ overflow: report.dropped })
    expect(report.sent + report.queued + report.dropped).toBe(report.total)
    expect(reader).toMatchObject({ connections: 1, messages: report.total - report.dropped, inOrder: true })
    expect(report.peak - report.before).toBeLessThan(64 * MiB)
  }, 60_000)

  it('are not silence: as long as bytes drain, an answer that waits behind them is not missed', async () => {
    // 4 MB/s: `ws` sees its buffer of 1 MiB drain every 260 ms, an answer waits a second and more in those of the system.
    await using reader = await startSlowReader({ gulp: MiB / 2, rest: 120 })
    const report = await flood(reader, {
      megabytes: 20,
      size: 32 * 1024,
      manner: 'polite',
      heartbeat: { interval: 100, timeout: 900 },
    })
    expect(report).toMatchObject({ errors: [], closed: 0, dropped: 0 })
    expect(reader).toMatchObject({ connections: 1, messages: report.total, inOrder: true })
  }, 60_000)
})
