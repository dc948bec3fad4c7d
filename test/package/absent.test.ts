import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build, type BuildFailure, type Platform } from 'esbuild'
import { createApp, type App } from './app.js'

// Apps without the packages that they do not use: no app needs more than it imports.

/** The errors of bundling a file of the app with esbuild, each with the line that it points at. */
const bundle = async (app: App, file: string, platform: Platform = 'browser'): Promise<string[]> => {
  try {
    await build({
      entryPoints: [file],
      absWorkingDir: app.folder,
      bundle: true,
      write: false,
      platform,
      logLevel: 'silent',
    })
    return []
  } catch (error) {
    return (error as BuildFailure).errors.map(({ text, location }) => `${text} ${location?.lineText ?? ''}`)
  }
}

/** Loads an entry point and prints what it throws. */
const load = (name: string, type: 'module' | 'commonjs') => `
  ${type === 'module' ? `import('${name}')` : `Promise.resolve().then(() => require('${name}'))`}.then(
    (loaded) => console.log(JSON.stringify({ names: Object.keys(loaded) })),
    ({ code, message, cause }) => console.log(JSON.stringify({ code, message, cause: cause?.code })),
  )`

describe('an app without a codec’s package', () => {
  let app: App
  beforeAll(() => {
    app = createApp(['@reduxjs/toolkit'])
    app.write('index.html', '<script type="module" src="/main.js"></script>\n')
    app.write('vite.config.js', 'export default { logLevel: "error" }\n')
  })
  afterAll(() => app.remove())

  const cases = [
    ['cbor', 'cbor-x'],
    ['msgpack', '@msgpack/msgpack'],
  ] as const

  for (const [codec, name] of cases) {
    it.each(['module', 'commonjs'] as const)(
      `throws missing_dependency with the install command for ${codec}: Node, %s`,
      (type) => {
        expect(app.run(load(`reduplex/codec/${codec}`, type), type)).toEqual({
          code: 'missing_dependency',
          message: `reduplex/codec/${codec} needs the package ${name}, which could not be loaded. Install it: npm install ${name}`,
          cause: 'MODULE_NOT_FOUND',
        })
      },
    )

    it.each(['browser', 'node'] as const)(
      `fails to bundle with the install command for ${codec}: esbuild, %s`,
      async (platform) => {
        app.write('main.js', `import { ${codec} } from 'reduplex/codec/${codec}'\nconsole.log(${codec}())\n`)
        const [error, ...others] = await bundle(app, 'main.js', platform)
        expect(error).toContain(`Could not resolve "${name}`)
        expect(error).toContain(`npm install ${name}`)
        expect(others).toEqual([])
      },
    )

    it(`fails to bundle with the install command for ${codec}: Vite`, () => {
      app.write('main.js', `import { ${codec} } from 'reduplex/codec/${codec}'\nconsole.log(${codec}())\n`)
      const { status, output } = app.tool('vite/bin/vite.js', 'build')
      expect(status).toBe(1)
      expect(output).toContain(`npm install ${name}`)
    })
  }

  it('bundles the core', async () => {
    app.write('core.js', `export { createSocketMiddleware, json } from 'reduplex'\n`)
    expect(await bundle(app, 'core.js')).toEqual([])
  })
})

describe('an app that has only ws beside the library', () => {
  let app: App
  beforeAll(() => {
    app = createApp(['ws', '@types/ws', '@types/node', 'undici-types'])
  })
  afterAll(() => app.remove())

  // A bare TCP client: the app has no other WebSocket than that of ws.
  const serve = `
    const server = reduplex.createSocketServer({ port: 0, host: '127.0.0.1' })
    server.methods({ add: ({ a, b }) => a + b })
    server.ready.then(() => {
      const client = new WebSocket('ws://127.0.0.1:' + server.port)
      client.on('open', () => client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'add', params: { a: 1, b: 2 } })))
      client.on('message', (frame) => {
        console.log(String(frame))
        client.terminate()
        server.close()
      })
    })`

  it('serves, by import and by require', () => {
    const expected = { jsonrpc: '2.0', id: 1, result: 3 }
    const imports = `import * as reduplex from 'reduplex/server'\nimport { WebSocket } from 'ws'`
    const requires = `const reduplex = require('reduplex/server')\nconst { WebSocket } = require('ws')`
    expect(app.run(`${imports}\n${serve}`, 'module')).toEqual(expected)
    expect(app.run(`${requires}\n${serve}`, 'commonjs')).toEqual(expected)
  })

  it('compiles in TypeScript, with the library checked too', () => {
    app.write(
      'server.ts',
      `import { createSocketServer } from 'reduplex/server'
       export const server = createSocketServer({ port: 0 })
       export const port: number | undefined = server.port
       // @ts-expect-error the types are real, not any
       export const wrong: string = server.port\n`,
    )
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      noEmit: true,
    }
    app.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['server.ts'] }))
    const { status, output } = app.tool('@typescript/native/bin/tsc', '--singleThreaded', '--pretty', 'false')
    expect({ status, output }).toEqual({ status: 0, output: '' })
  })

  it('cannot load the client: Redux Toolkit is absent', () => {
    const thrown = app.run(load('reduplex', 'module'), 'module') as { code: string; message: string }
    expect(thrown.code).toBe('ERR_MODULE_NOT_FOUND')
    expect(thrown.message).toContain(`'@reduxjs/toolkit'`)
  })
})
