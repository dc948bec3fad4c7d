import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { drawRestart } from './draw.js'
import { simulate } from './simulate.js'
import { drawn, restartTable, strategies } from './table.js'

// Run by scripts/plots.mjs from the project's root.

console.log(restartTable().join('\n'))

const file = 'docs/img/restart.svg'
const panels = strategies.map((strategy) => ({
  title: strategy.name,
  outcome: simulate(strategy, drawn, drawn.seed),
}))
mkdirSync(path.dirname(file), { recursive: true })
writeFileSync(file, drawRestart(panels, drawn.downtime))
console.error(`plots: ${file} written`)
