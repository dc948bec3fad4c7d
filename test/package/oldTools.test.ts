import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transform } from 'esbuild'
import { createApp, entryNames, filesIn, manifest, type App } from './app.js'

// Resolvers that do not read `exports` (jest 27, webpack 4, Parcel 2, TypeScript's node10) find an entry point by the package.json of
// a folder of that name, and in it by `main`, `module` or `types`. What TypeScript makes of `types` stands in types.test.ts.

let app: App
beforeAll(() => {
  app = createApp(Object.keys(manifest.peerDependencies))
})
afterAll(() => app.remove())

const subpaths = entryNames.map((name) => name.replace(/^reduplex\/?/, ''))
const clientPaths = subpaths.filter((name) => !name.startsWith('server'))

/** The file that a field of a folder's package.json names. */
const fileOf = (subpath: string, field: 'main' | 'module'): string => {
  const folder = path.join(app.installed, subpath)
  const fields = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, string>
  return path.join(folder, fields[field] ?? `no ${field}`)
}

describe('a tool that does not read exports', () => {
  it.each(subpaths)('gets the names of the entry point by main: "%s"', (subpath) => {
    const name = path.posix.join('reduplex', subpath)
    // Node ignores `exports` where it is asked for a folder by its path. The path of cbor-x's file is for tools that ignore them too.
    const script = `
      const Module = require('node:module')
      const resolve = Module._resolveFilename
      Module._resolveFilename = (request, ...rest) =>
        resolve(request === 'cbor-x/dist/index-no-eval.cjs' ? 'cbor-x/index-no-eval' : request, ...rest)
      const names = (loaded) => Object.keys(loaded).sort()
      const byFolder = names(require(${JSON.stringify(path.join(app.installed, subpath))}))
      console.log(JSON.stringify({ byFolder, byName: names(require('${name}')) }))`
    const { byFolder, byName } = app.run(script, 'commonjs') as Record<string, string[]>
    expect(byFolder?.length).toBeGreaterThan(0)
    expect(byFolder).toEqual(byName)
  })

  it.each(clientPaths)('gets the names of the entry point by module: "%s"', async (subpath) => {
    const source = readFileSync(fileOf(subpath, 'module'), 'utf8')
    const { code } = await transform(source, { format: 'cjs' })
    const exported = /__export\(\w+, \{([^}]*)\}/.exec(code)?.[1] ?? ''
    const names = [...exported.matchAll(/(\w+): \(\)/g)].map(([, name = '']) => name)
    const name = path.posix.join('reduplex', subpath)
    expect(names.sort()).toEqual(
      app.run(`console.log(JSON.stringify(Object.keys(require('${name}')).sort()))`, 'commonjs'),
    )
  })

  it('gets the same core by module', () => {
    const file = JSON.stringify(pathToFileURL(path.join(app.installed, 'dist/legacy-esm/index.js')))
    const script = `
      const { createSocketMiddleware, socketReducer, socketConnect, selectSocketStatus } = await import(${file})
      const { configureStore } = await import('@reduxjs/toolkit')
      const socket = createSocketMiddleware({ url: () => { throw new Error('no') }, reconnect: { maxRetries: 0 } })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      const outcome = await store.dispatch(socketConnect())
      socket.dispose()
      console.log(JSON.stringify({ outcome }))`
    expect(app.run(script, 'module')).toEqual({ outcome: 'failed' })
  })

  it('gets no syntax newer than ES2019, which webpack 4 parses, and only files that it can find', async () => {
    const folder = path.join(app.installed, 'dist/legacy-esm')
    const files = filesIn(folder)
    const faults: string[] = []
    for (const file of files) {
      const source = readFileSync(path.join(folder, file), 'utf8')
      const printed = await Promise.all(
        ['es2019', 'esnext'].map(async (target) => (await transform(source, { target })).code),
      )
      if (printed[0] !== printed[1]) faults.push(`${file}: newer syntax`)
      for (const [, name = ''] of source.matchAll(/^(?:import|export)\b[^;]*?from ["']([^"']+)["']/gm)) {
        const found = name.startsWith('.')
          ? path.resolve(folder, path.dirname(file), name)
          : path.join(app.folder, 'node_modules', name)
        // They add the extension to a file of a package, such as `react/jsx-runtime`.
        if (!existsSync(found) && !(existsSync(`${found}.js`) && !name.startsWith('.')))
          faults.push(`${file}: ${name} is not there`)
      }
    }
    expect(files.length).toBeGreaterThan(50)
    expect(faults).toEqual([])
  })
})
