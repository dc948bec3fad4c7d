import { execFile } from 'node:child_process'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { readDoc, root } from './blocks.js'

// The README states the size of the library; scripts/size.mjs measures it (dist/, so `npm run build` first).
const readme = readDoc('README.md')

/** How far the README may be off, in kB, because it rounds. */
const TOLERANCE = 0.2

/** kB by the name of what was measured. */
let measured: Map<string, number>

/** The output of the script, whether the sizes are within its own limits or not. */
const weigh = async (): Promise<string> =>
  await new Promise((resolve) => {
    const script = path.join(root, 'scripts/size.mjs')
    execFile(process.execPath, [script], { cwd: root }, (_error, stdout) => resolve(stdout))
  })

beforeAll(async () => {
  const stdout = await weigh()
  const lines = stdout.matchAll(/^(?:ok|FAIL) +(\S.*?) +gzip +(\d+) of/gm)
  measured = new Map(Array.from(lines, ([, name = '', bytes]) => [name, Number(bytes) / 1000]))
}, 60_000)

describe('the size in the README', () => {
  it.each([
    ['everything', 'in the comparison', /^\| \*\*reduplex\*\* \(([\d.]+) kB\)/m],
    ['everything', 'in the changelog', /everything is ([\d.]+) kB/],
    ["the README's first store", 'in the changelog', /The first store is ([\d.]+) kB/],
    ['everything', 'among the entry points', /^\| `reduplex` \|.*; ([\d.]+) kB for everything/m],
    ["the README's first store", 'among the entry points', /^\| `reduplex` \|.*, ([\d.]+) kB for the \[first store\]/m],
    ['cbor only', 'among the entry points', /^\| `reduplex\/codec\/cbor`.*; ([\d.]+) kB and /m],
    ['msgpack only', 'among the entry points', /^\| `reduplex\/codec\/cbor`.* and ([\d.]+) kB \|$/m],
    ['rpc, whole', 'among the entry points', /^\| `reduplex\/rpc`.*; ([\d.]+) kB beside the core,/m],
    ['rpc, requests only', 'among the entry points', /^\| `reduplex\/rpc`.*, ([\d.]+) kB for requests alone/m],
    ['react, beside the core and rpc', 'among the entry points', /^\| `reduplex\/react`.*; ([\d.]+) kB beside/m],
    ['query, beside the core and rpc', 'among the entry points', /^\| `reduplex\/query`.*; ([\d.]+) kB beside/m],
    ["the README's first store", 'in the comparison', /The first store above imports ([\d.]+) kB/],
    ['all features', 'in the comparison', /with all of them it is ([\d.]+) kB/],
  ])('is that of %s, %s', (name, _, pattern) => {
    const stated = Number(pattern.exec(readme)?.[1])
    expect(Math.abs(stated - (measured.get(name) ?? NaN))).toBeLessThanOrEqual(TOLERANCE)
  })

  it('is that of the smallest and of the largest further feature, in the comparison', () => {
    const [, smallest = '', largest = ''] = /Each further feature adds ([\d.]+) to ([\d.]+) kB/.exec(readme) ?? []
    const features = [...measured].flatMap(([name, size]) => (/^\w+Feature$/.test(name) ? [size] : []))
    expect(Number(smallest)).toBeCloseTo(Math.min(...features), 1)
    expect(Number(largest)).toBeCloseTo(Math.max(...features), 1)
  })
})
