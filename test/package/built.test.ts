import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { createApp, root, type App } from './app.js'
import { scenario } from './scenario.js'

let app: App
beforeAll(() => {
  app = createApp(['@reduxjs/toolkit'])
})
afterAll(() => app.remove())

describe('the built library', () => {
  const runs = new Map<string, unknown[]>()
  beforeAll(async () => {
    // The sources as they are, bundled for the app.
    const { outputFiles } = await build({
      stdin: {
        contents: `export * from './src/index.js'\nexport * from './src/rpc/index.js'`,
        resolveDir: root,
      },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      external: ['@reduxjs/toolkit'],
      define: { __DEV__: 'true' },
    })
    app.write('sources.mjs', outputFiles[0]?.text ?? '')
    app.write('plain.mjs', scenario('./sources.mjs', './sources.mjs'))
    app.write('built.mjs', scenario('reduplex', 'reduplex/rpc'))
    const run = (file: string, mode: string) => {
      const { stdout, stderr } = spawnSync(process.execPath, [file], {
        cwd: app.folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_ENV: mode },
      })
      if (!stdout) throw new Error(stderr)
      return JSON.parse(stdout) as unknown[]
    }
    runs.set('sources', run('plain.mjs', 'development'))
    runs.set('development', run('built.mjs', 'development'))
    runs.set('production', run('built.mjs', 'production'))
  }, 60_000)

  it.each(['development', 'production'])('does what the sources do: every action, state and frame, in %s', (mode) => {
    expect(runs.get(mode)).toEqual(runs.get('sources'))
  })

  it('reaches every step of the program', () => {
    expect(runs.get('sources')?.length).toBeGreaterThan(80)
    const unreached = runs.get('sources')?.filter((entry) => (entry as { reached?: boolean } | null)?.reached === false)
    expect(unreached).toEqual([])
  })
})
