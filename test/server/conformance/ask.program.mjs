// Runs cases of the conformance suite against many servers: a list of settings on stdin, a list of outcomes on stdout.
import { text } from 'node:stream/consumers'
import { run } from '../../../conformance/run.mjs'

const ask = async (settings) => {
  const outcomes = []
  for await (const outcome of run(settings)) if (outcome.state !== 'left') outcomes.push(outcome)
  return outcomes
}

const all = JSON.parse(await text(process.stdin))
const outcomes = []
const left = [...all.entries()]
const work = async () => {
  for (let next = left.shift(); next; next = left.shift()) outcomes[next[0]] = await ask(next[1])
}
// A few at a time: with all at once, correct answers would come too late as well.
await Promise.all(Array.from({ length: 8 }, work))
process.stdout.write(JSON.stringify(outcomes))
