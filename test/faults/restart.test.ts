import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { drawRestart } from '../../bench/restart/draw.js'
import {
  quantile,
  reconnectingWebSocket,
  reduplex,
  seeds,
  simulate,
  socketIo,
  type Strategy,
} from '../../bench/restart/simulate.js'
import { drawn, restartTable, strategies } from '../../bench/restart/table.js'
import { readDoc, root } from '../readme/blocks.js'

const ratios = (strategy: Strategy, downtime: number, clients = 1_000, closing = 0): number[] =>
  seeds.map((seed) => simulate(strategy, { clients, downtime, closing }, seed).ratio)

describe('a thousand clients of a server that restarts', () => {
  it.each([
    [1006, 500],
    [1006, 1_000],
    [1006, 2_000],
    [1006, 3_000],
    [1006, 5_000],
    [1006, 8_000],
    [1006, 12_000],
    [1006, 20_000],
    [1012, 500],
    [1012, 1_000],
    [1012, 3_000],
    [1012, 5_000],
    [1012, 8_000],
    [1012, 12_000],
  ])(
    'do not reconnect in step: the peak is at most 3 × the mean in 95 of 100 runs (%d, away for %d ms)',
    (code, downtime) => {
      const even = ratios(reduplex(code), downtime).filter((ratio) => ratio <= 3)
      expect(even.length).toBeGreaterThanOrEqual(95)
    },
  )

  // The server closes its clients in the first fifth of the time. Another node takes them at once, or the next process when the old one has ended.
  it.each([
    [1_000, 0],
    [1_000, 2_000],
    [1_000, 10_000],
    [1_000, 10_500],
    [1_000, 13_000],
    [2_000, 0],
    [2_000, 10_500],
    [2_000, 13_000],
  ])(
    'do not reconnect in step after close(10 s): %d clients, the next server after %d ms, at most 3 × the mean in 95 of 100 runs',
    (clients, downtime) => {
      const even = ratios(reduplex(1012), downtime, clients, 2_000).filter((ratio) => ratio <= 3)
      expect(even.length).toBeGreaterThanOrEqual(95)
    },
  )

  it('reconnect more evenly than with the published formulas, after three seconds', () => {
    const median = (strategy: Strategy): number => quantile(ratios(strategy, 3_000), 0.5)
    expect(median(reduplex(1006))).toBeLessThan(median(reconnectingWebSocket))
    expect(median(reduplex(1006))).toBeLessThan(median(socketIo))
  })

  it('reconnect in step by this measure without randomness', () => {
    const inStep: Strategy = { name: 'no jitter', start: () => (attempt) => 1_000 * attempt }
    expect(simulate(inStep, { clients: 1_000, downtime: 3_000 }, 1).ratio).toBeGreaterThan(10)
  })
})

describe('docs/reconnecting.md', () => {
  it('has the current table of the restart', () => {
    expect(readDoc('docs/reconnecting.md')).toContain(restartTable().join('\n'))
  })

  it('has the current picture of the restart', () => {
    const panels = strategies.map((strategy) => ({
      title: strategy.name,
      outcome: simulate(strategy, drawn, drawn.seed),
    }))
    const picture = readFileSync(path.join(root, 'docs/img/restart.svg'), 'utf8')
    expect(picture).toBe(drawRestart(panels, drawn.downtime))
    expect(readDoc('docs/reconnecting.md')).toContain('(img/restart.svg)')
  })
})
