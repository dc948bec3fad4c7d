import { BIN_MS, type Outcome } from './simulate.js'

export interface Panel {
  readonly title: string
  readonly outcome: Outcome
}

const width = 760
const left = 44
const right = 48
const panelHeight = 128
const plotHeight = 84
const titleHeight = 26
const footer = 40

// Colours that are readable on white and on black.
const style = `
    text { font: 12px system-ui, sans-serif; fill: #7a828c }
    .title { font-weight: 600; font-size: 13px }
    .attempts { fill: #3b82c4 }
    .down { fill: #8b949e; fill-opacity: .16 }
    .mean { stroke: #d9730d; stroke-width: 1.5; stroke-dasharray: 5 3 }
    .meanText { fill: #d9730d }
    .axis { stroke: #8b949e; stroke-opacity: .6 }`

const fixed = (value: number): string => String(Math.round(value * 10) / 10)

/** Attempts per 100 ms, one panel for each strategy, all at one scale. Plain SVG. */
export const drawRestart = (panels: readonly Panel[], downtime: number): string => {
  const seconds = Math.ceil(Math.max(...panels.map(({ outcome }) => outcome.backAt)) / 1_000)
  const most = Math.max(...panels.map(({ outcome }) => outcome.peak))
  const x = (ms: number): number => left + (ms / (seconds * 1_000)) * (width - left - right)
  const y = (count: number): number => (count / most) * plotHeight
  const height = panels.length * panelHeight + footer

  const drawPanel = ({ title, outcome }: Panel, index: number): string => {
    const base = index * panelHeight + titleHeight + plotHeight
    const top = base - plotHeight
    const bars = outcome.attempts
      .map((count, bin) => {
        const from = x(bin * BIN_MS)
        const to = x((bin + 1) * BIN_MS)
        return `M${fixed(from)} ${String(base)}V${fixed(base - y(count))}H${fixed(to)}V${String(base)}Z`
      })
      .join('')
    const mean = fixed(base - y(outcome.mean))
    const end = fixed(x(outcome.attempts.length * BIN_MS))
    return `
  <g>
    <text class="title" x="${String(left)}" y="${String(top - 8)}">${title}: peak ${String(outcome.peak)}, ${outcome.ratio.toFixed(1)} × the mean</text>
    <rect class="down" x="${String(left)}" y="${String(top)}" width="${fixed(x(downtime) - left)}" height="${String(plotHeight)}"/>
    <path class="attempts" d="${bars}"/>
    <line class="mean" x1="${String(left)}" x2="${end}" y1="${mean}" y2="${mean}"/>
    <text class="meanText" x="${fixed(Number(end) + 4)}" y="${fixed(Number(mean) + 4)}">mean</text>
    <line class="axis" x1="${String(left)}" x2="${String(width - right)}" y1="${String(base)}" y2="${String(base)}"/>
    <text text-anchor="end" x="${String(left - 6)}" y="${String(base + 4)}">0</text>
    <text text-anchor="end" x="${String(left - 6)}" y="${String(top + 10)}">${String(most)}</text>
  </g>`
  }

  const ticks = Array.from({ length: seconds + 1 }, (_, second) => second)
    .map((second) => {
      const at = fixed(x(second * 1_000))
      return `<text text-anchor="middle" x="${at}" y="${String(height - footer + 6)}">${String(second)}</text>`
    })
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="Attempts per 100 ms after a restart">
  <style>${style}
  </style>${panels.map(drawPanel).join('')}
  ${ticks}
  <text text-anchor="middle" x="${String((left + width) / 2)}" y="${String(height - 10)}">seconds since the cut; grey: the server is away. Attempts of 1000 clients per 100 ms</text>
</svg>
`
}
