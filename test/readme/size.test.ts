import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { readDoc, root } from './blocks.js'

// The pages state the size of the library; scripts/size.mjs measures it (dist/, so `npm run build` first).

/** How far a page may be off, in kB, because it rounds. */
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

/** A number of a page, in kB. */
const statedIn = (page: string, pattern: RegExp): number => Number(pattern.exec(readDoc(page))?.[1])

describe('the size that a page states', () => {
  it.each([
    ["the README's first store", 'README.md', /^\| `reduplex` \|.* ([\d.]+) kB for a first store/m],
    ['all features', 'README.md', /^\| `reduplex` \|.* ([\d.]+) kB with all of its features/m],
    ['everything', 'README.md', /^\| `reduplex` \|.* ([\d.]+) kB for everything/m],
    ['batchFeature', 'README.md', /^\| `reduplex\/batch`.* ([\d.]+) kB \|$/m],
    ['rpc, requests only', 'README.md', /^\| `reduplex\/rpc`.* ([\d.]+) kB for requests/m],
    ['rpc, whole', 'README.md', /^\| `reduplex\/rpc`.* ([\d.]+) kB for everything/m],
    ['query, beside the core and rpc', 'README.md', /^\| `reduplex\/query`.* ([\d.]+) kB beside rpc/m],
    ['react, beside the core and rpc', 'README.md', /^\| `reduplex\/react`.* ([\d.]+) kB \|$/m],
    ['lifecycle, whole', 'README.md', /^\| `reduplex\/lifecycle`.* ([\d.]+) kB \|$/m],
    ['createSharedWebSocket of reduplex/tabs', 'README.md', /^\| `reduplex\/tabs`.* ([\d.]+) kB \|$/m],
    ['createSharedWebSocket of reduplex/tabs', 'docs/tabs.md', /It adds ([\d.]+) kB to the first store/],
    ['sharedSubscriptionsFeature, beside rpc', 'docs/tabs.md', /It adds ([\d.]+) kB\.$/m],
    ['sharedSessionFeature, beside session', 'docs/tabs.md', /It adds ([\d.]+) kB\. Where/],
    ['cbor only', 'README.md', /^\| `reduplex\/codec\/cbor`.* ([\d.]+) kB, /m],
    ['msgpack only', 'README.md', /^\| `reduplex\/codec\/cbor`.* ([\d.]+) kB \|$/m],
    ["the README's first store", 'README.md', /^\| \*\*reduplex\*\*.* ([\d.]+) kB \|$/m],
    ['everything', 'docs/comparison.md', /^\| \*\*reduplex\*\* \(([\d.]+) kB\)/m],
    ["the README's first store", 'docs/comparison.md', /A first store imports ([\d.]+) kB/],
    ['all features', 'docs/comparison.md', /with all of them it is ([\d.]+) kB/],
    ["the README's first store", 'CHANGELOG.md', /The first store is ([\d.]+) kB/],
    ['everything', 'CHANGELOG.md', /everything is ([\d.]+) kB/],
  ])('is that of %s in %s', (name, page, pattern) => {
    expect(Math.abs(statedIn(page, pattern) - (measured.get(name) ?? NaN))).toBeLessThanOrEqual(TOLERANCE)
  })

  it('is that of the smallest and of the largest further feature, in the comparison', () => {
    const text = readDoc('docs/comparison.md')
    const [, smallest = '', largest = ''] = /Each further feature adds ([\d.]+) to ([\d.]+) kB/.exec(text) ?? []
    const features = [...measured].flatMap(([name, size]) => (/^\w+Feature$/.test(name) ? [size] : []))
    expect(Number(smallest)).toBeCloseTo(Math.min(...features), 1)
    expect(Number(largest)).toBeCloseTo(Math.max(...features), 1)
  })

  it.each(['reduplex.browser.mjs', 'reduplex-react.browser.mjs'])('is that of %s in docs/import-maps.md', (file) => {
    const stated = statedIn('docs/import-maps.md', new RegExp(`^\\| \`${file}\`.* (\\d+) kB \\|$`, 'm'))
    const bytes = gzipSync(readFileSync(path.join(root, 'dist/browser', file)), { level: 9 }).length
    expect(Math.abs(stated - bytes / 1000)).toBeLessThanOrEqual(1)
  })
})

describe('the sizes of other libraries', () => {
  const peers = [
    ['partysocket', '{ WebSocket }', ['react']],
    ['reconnecting-websocket', '{ default }', []],
    ['react-use-websocket', '{ default }', ['react', 'react-dom']],
    ['@giantmachines/redux-websocket', '{ default, connect, disconnect, send }', ['redux']],
    ['socket.io-client', '{ io }', []],
  ] as const

  it.each(peers)('are what %s has when it is bundled', async (name, names, external) => {
    const { outputFiles } = await build({
      stdin: { contents: `export ${names} from '${name}'`, resolveDir: root, loader: 'js' },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      external: [...external],
      define: { 'process.env.NODE_ENV': '"production"' },
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
    const inReadme = statedIn('README.md', new RegExp(`^\\| \\[${name}\\].* ([\\d.]+) kB \\|$`, 'm'))
    const inComparison = statedIn('docs/comparison.md', new RegExp(`^\\| \\[${name}\\]\\S+ \\(([\\d.]+) kB\\)`, 'm'))
    expect(Math.abs(inReadme - bytes / 1000)).toBeLessThanOrEqual(TOLERANCE)
    expect(inComparison).toBe(inReadme)
  })
})
