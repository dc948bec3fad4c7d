import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createLibraryProgram, root } from './program.js'
import { findFaults } from './sourceRules.js'

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

/** dependency-cruiser over src/ and demo/ of `folder`, with the rules of .dependency-cruiser.cjs. */
const cruise = (folder: string): { totalCruised: number; violations: string[] } => {
  const cli = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cli, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'demo']
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no report:\n${stdout}${stderr}`)
  const { summary } = JSON.parse(stdout) as { summary: { totalCruised: number; violations: Violation[] } }
  return {
    totalCruised: summary.totalCruised,
    violations: summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort(),
  }
}

describe('the imports of src and demo', () => {
  it('point one way', () => {
    const { totalCruised, violations } = cruise(root)
    expect(violations).toEqual([])
    expect(totalCruised).toBeGreaterThan(10)
  })

  describe('in a folder with a violation of each rule', () => {
    const seeds: Readonly<Record<string, string>> = {
      'src/internal/a.ts': `import '../codec/fine.js'`,
      'src/codec/a.ts': `import '../connection/fine.js'`,
      'src/codec/redux.ts': `import type { Action } from 'redux'\nexport type A = Action`,
      'src/connection/a.ts': `import type { A } from '../actions/fine.js'\nexport type B = A`,
      'src/connection/toolkit.ts': `import { nanoid } from '@reduxjs/toolkit'\nnanoid()`,
      'src/connection/secondLoop.ts': `import 'reconnecting-websocket'`,
      'src/connection/node.ts': `import 'node:fs'`,
      'src/actions/a.ts': `import '../state/fine.js'`,
      'src/state/a.ts': `import '../middleware/fine.js'`,
      'src/middleware/a.ts': `import '../features/fine.js'`,
      'src/features/a.ts': `import '../rpc/fine.js'`,
      'src/middleware/react.ts': `import 'react'`,
      'src/middleware/ws.ts': `import 'ws'`,
      'src/react/charts.ts': `import 'uplot'`,
      'src/middleware/door.ts': `import '../index.js'`,
      'src/middleware/undeclared.ts': `import 'fast-check'`,
      'src/middleware/lost.ts': `import '../elsewhere/fine.js'`,
      'src/middleware/fake.ts': `import '../testing/fine.js'`,
      'src/rpc/a.ts': `import '../react/fine.js'`,
      'src/react/a.ts': `import '../query/fine.js'`,
      'src/server/http/door.ts': `import '../createSocketServer.js'`,
      'src/server/redis/fine.ts': `import '../cluster/fine.js'`,
      'src/server/http/numbers.ts': `import 'prom-client'`,
      'src/state/circleOne.ts': `import './circleTwo.js'`,
      'src/state/circleTwo.ts': `import './circleOne.js'`,
      'demo/circleOne.ts': `import './circleTwo.js'`,
      'demo/circleTwo.ts': `import './circleOne.js'`,
      // Nothing wrong with these.
      'src/connection/reconnectLoop.ts': `import 'reconnecting-websocket'`,
      'src/middleware/skips.ts': `import '../internal/fine.js'\nimport '@reduxjs/toolkit'`,
      'src/index.ts': `import './middleware/skips.js'`,
    }
    const folders = ['internal', 'codec', 'connection', 'actions', 'state', 'middleware', 'features', 'rpc']
    const fine = [...folders, 'react', 'query', 'testing']
    let house: string

    beforeAll(() => {
      // Inside the project, so that the packages resolve.
      mkdirSync(path.join(root, '.cache'), { recursive: true })
      house = mkdtempSync(path.join(root, '.cache/house-'))
      for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
        cpSync(path.join(root, file), path.join(house, file))
      }
      const files = { ...seeds }
      files['src/server/createSocketServer.ts'] = 'export type A = string'
      for (const folder of [...fine, 'server/cluster', 'elsewhere'])
        files[`src/${folder}/fine.ts`] = 'export type A = string'
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(house, file)), { recursive: true })
        writeFileSync(path.join(house, file), `${text}\n`)
      }
    })
    afterAll(() => rmSync(house, { recursive: true, force: true }))

    it('are reported', () => {
      expect(cruise(house).violations).toEqual([
        'actions-looks-down: src/actions/a.ts',
        'codec-looks-down: src/codec/a.ts',
        'connection-looks-down: src/connection/a.ts',
        'connection-without-redux: src/codec/redux.ts',
        'connection-without-redux: src/connection/toolkit.ts',
        'declared-packages-only: src/codec/redux.ts',
        'declared-packages-only: src/middleware/undeclared.ts',
        'features-looks-down: src/features/a.ts',
        'index-is-a-door: src/middleware/door.ts',
        'internal-looks-down: src/internal/a.ts',
        'known-folder: src/middleware/lost.ts',
        'middleware-looks-down: src/middleware/a.ts',
        'no-circle: demo/circleOne.ts',
        'no-circle: src/state/circleOne.ts',
        'only-devtools-has-charts: src/react/charts.ts',
        'only-metrics-has-prometheus: src/server/http/numbers.ts',
        'only-react-has-react: src/middleware/react.ts',
        'only-server-has-node: src/connection/node.ts',
        'only-server-has-ws: src/middleware/ws.ts',
        'only-the-loop-reconnects: src/connection/secondLoop.ts',
        'react-stands-alone: src/react/a.ts',
        'redis-knows-the-bus: src/server/redis/fine.ts',
        'rpc-looks-down: src/rpc/a.ts',
        'server-parts-look-down: src/server/http/door.ts',
        'state-looks-down: src/state/a.ts',
        'testing-is-for-tests: src/middleware/fake.ts',
      ])
    })
  })
})

describe('the sources of src', () => {
  const seeds: Readonly<Record<string, string>> = {
    'src/seeded/globals.ts': `
      export const a = typeof window
      export const b = () => globalThis
      export const c = () => new WebSocket('ws://x')
      export const d = () => ({ navigator })
      export const e = () => process.env
      declare const process: { env: object }
      export const f = () => console.log('x')
      export const g = (undeclaredThing)
    `,
    'src/seeded/time.ts': `
      export const a = () => Date.now()
      export const b = () => setTimeout(() => {}, 1)
    `,
    'src/seeded/star.ts': `export * from './fine.js'\nexport * as names from './fine.js'`,
    'src/seeded/state.ts': `let count = 0\nexport var total = 0\nexport const next = () => count++`,
    'src/seeded/fine.ts': `
      import { now } from '../internal/clock.js'
      export type A = WebSocket | typeof window
      declare const brand: unique symbol
      export interface Branded { readonly [brand]: string }
      export interface B { window: string; setTimeout: () => void; Date: Date }
      export const a = (b: B) => [b.window, b.setTimeout(), { console: 1, location: undefined }]
      export const c = (location: string) => new URL(location, JSON.stringify(Object.keys({}))).href + Math.max(now(), NaN)
      export const d = () => { let local = 0; return () => local++ }
      export const e = async (document: { title: string }) => { await Promise.resolve(); return { document } }
    `,
  }

  it('use the environment and the clock only where they may', () => {
    const faults = findFaults(createLibraryProgram(seeds)).map(({ file, rule, what }) => `${file} ${rule}: ${what}`)
    const isSeeded = (fault: string) => fault.startsWith('src/seeded/')

    expect(faults.filter((fault) => !isSeeded(fault))).toEqual([])
    // The same run must report the seeded violations.
    expect(faults.filter(isSeeded).sort()).toEqual([
      'src/seeded/globals.ts global: WebSocket',
      'src/seeded/globals.ts global: console',
      'src/seeded/globals.ts global: globalThis',
      'src/seeded/globals.ts global: navigator',
      'src/seeded/globals.ts global: process',
      'src/seeded/globals.ts global: undeclaredThing',
      'src/seeded/globals.ts global: window',
      "src/seeded/star.ts export-star: export * as names from './fine.js'",
      "src/seeded/star.ts export-star: export * from './fine.js'",
      'src/seeded/state.ts module-let: let count = 0',
      'src/seeded/state.ts module-let: var total = 0',
      'src/seeded/time.ts timer: Date',
      'src/seeded/time.ts timer: setTimeout',
    ])
  })
})
