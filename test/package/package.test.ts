import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, entryNames, filesIn, inModules, manifest, root, type App } from './app.js'

let app: App
beforeAll(() => {
  app = createApp([])
})
afterAll(() => app.remove())

const subpaths = entryNames.filter((name) => name !== 'reduplex').map((name) => name.slice('reduplex/'.length))

/** The files that the build makes of the sources, in each tree. */
const builtFiles = () => {
  const sources = filesIn(path.join(root, 'src')).filter((file) => !file.endsWith('.d.ts'))
  const modules = sources.map((source) => source.replace(/\.tsx?$/, ''))
  const vendor = ['esm', 'cjs'].flatMap((format) => [
    `dist/${format}/vendor/reconnecting-websocket.js`,
    `dist/${format}/vendor/reconnecting-websocket.LICENSE`,
  ])
  return [
    ...modules.flatMap((name) =>
      ['.js', '.js.map', '.d.ts', '.d.ts.map'].flatMap((end) => [`dist/esm/${name}${end}`, `dist/cjs/${name}${end}`]),
    ),
    ...vendor,
    ...modules.filter((name) => !name.startsWith('server/')).map((name) => `dist/legacy-esm/${name}.js`),
    'dist/legacy-esm/vendor/reconnecting-websocket.js',
    ...['cborLibrary', 'msgpackLibrary', 'cbor.legacy', 'cborLibrary.legacy'].map(
      (name) => `dist/cjs/codec/${name}.js`,
    ),
    'dist/cjs/package.json',
  ]
}

const browserFiles = () =>
  ['', 'development/'].flatMap((folder) =>
    ['reduplex', 'reduplex-react'].flatMap((name) =>
      ['', '.map'].map((end) => `dist/browser/${folder}${name}.browser.mjs${end}`),
    ),
  )

describe('the packed library', () => {
  it('contains the build, the sources, the docs and the stub folders, and nothing else', () => {
    const expected = [
      'package.json',
      'CHANGELOG.md',
      'README.md',
      'LICENSE',
      // Linked from the README.
      ...filesIn(path.join(root, 'docs')).map((page) => `docs/${page}`),
      ...filesIn(path.join(root, 'skills')).map((skill) => `skills/${skill}`),
      ...filesIn(path.join(root, 'src')).map((source) => `src/${source}`),
      ...subpaths.map((subpath) => `${subpath}/package.json`),
      ...builtFiles(),
      ...browserFiles(),
    ]
    expect(filesIn(app.installed)).toEqual(expected.sort())
  })

  it('has source maps that lead to the shipped sources', () => {
    const maps = filesIn(app.installed).filter((file) => file.endsWith('.map'))
    const isShipped = (file: string) => file.startsWith(path.join(app.installed, 'src') + path.sep) && existsSync(file)
    // Its source is in the package of that name, which ships no map.
    const isVendored = (file: string) => file.endsWith(path.join('vendor', 'reconnecting-websocket.js'))
    const lost = maps.filter((map) => {
      const { sources, sourceRoot = '' } = JSON.parse(readFileSync(path.join(app.installed, map), 'utf8')) as {
        sources: string[]
        sourceRoot?: string
      }
      const files = sources.map((source) => path.resolve(app.installed, path.dirname(map), sourceRoot, source))
      return files.length === 0 || !files.every((file) => isShipped(file) || isVendored(file))
    })
    expect(maps.length).toBeGreaterThan(0)
    expect(lost).toEqual([])
  })

  it('passes publint', () => {
    const cli = path.join(inModules('publint'), 'src/cli.js')
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, '--strict', app.tarball], { encoding: 'utf8' })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  it('passes are-the-types-wrong, the resolution node10 included', () => {
    const cli = path.join(inModules('@arethetypeswrong/cli'), 'dist/index.js')
    const args = [cli, app.tarball, '--profile', 'strict', '--no-color', '--no-emoji']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  it('installs no package with an install script, and no peer automatically', () => {
    const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<
        string,
        {
          hasInstallScript?: boolean
          dependencies?: Record<string, string>
          optionalDependencies?: Record<string, string>
        }
      >
    }
    const found = new Set<string>()
    const visit = (names: readonly string[]): void => {
      for (const name of names.filter((one) => !found.has(one))) {
        found.add(name)
        const entry = packages[`node_modules/${name}`]
        visit(Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies }))
      }
    }
    visit(Object.keys(manifest.dependencies))
    expect([...found].sort()).toEqual(['@standard-schema/spec', 'idb-keyval', 'reconnecting-websocket'])
    expect([...found].filter((name) => packages[`node_modules/${name}`]?.hasInstallScript)).toEqual([])
    const required = Object.keys(manifest.peerDependencies).filter(
      (name) => !manifest.peerDependenciesMeta[name]?.optional,
    )
    expect(required).toEqual([])
  })
})
