import { quantile, reconnectingWebSocket, reduplex, seeds, simulate, socketIo } from './simulate.js'

const clients = 1_000
const downtimes = [1_000, 3_000, 5_000, 8_000]

export const strategies = [reduplex(1006), reduplex(1012), reconnectingWebSocket, socketIo]

/** What is drawn: one seed of one downtime. */
export const drawn = { clients, downtime: 3_000, seed: 1 }

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The table of docs/reconnecting.md: medians over the seeds, in Markdown. */
export const restartTable = (): string[] => {
  const heading = ['backoff', 'server away', 'peak ÷ mean', '95 of 100 below', 'peak', 'attempts', 'all back after']
  const lines = strategies.flatMap((strategy) =>
    downtimes.map((downtime) => {
      const outcomes = seeds.map((seed) => simulate(strategy, { clients, downtime }, seed))
      const at = (q: number, of: (outcome: (typeof outcomes)[number]) => number): number =>
        quantile(outcomes.map(of), q)
      return row([
        strategy.name,
        `${String(downtime / 1_000)} s`,
        at(0.5, ({ ratio }) => ratio).toFixed(1),
        at(0.95, ({ ratio }) => ratio).toFixed(1),
        String(at(0.5, ({ peak }) => peak)),
        String(at(0.5, ({ total }) => total)),
        `${(at(0.5, ({ backAt }) => backAt) / 1_000).toFixed(1)} s`,
      ])
    }),
  )
  return [row(heading), row(heading.map(() => '---')), ...lines]
}
