import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { createSocketServer } from '../../../src/server/index.js'
import { startServer } from '../../server/support.js'

const root = path.resolve(__dirname, '../../..')

/** Bundles a program that uses the server, and runs it. */
const run = async (source: string): Promise<{ readonly code: number | null; readonly output: string }> => {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    define: { __DEV__: 'true' },
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'error',
  })
  const child = spawn(process.execPath, ['-'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  child.stdin.end(outputFiles[0]!.text)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

describe('a process whose port is taken', () => {
  it.each([
    ['does not exit with 0, and prints why, when nothing handles it', '', 1],
    ['goes on when ready is handled', '.ready.catch(() => console.log("handled"))', 0],
    ['goes on when a listener to error handles it', '.on("error", ({ code }) => console.log("handled", code))', 0],
  ])('%s', async (_, handle, expected) => {
    await using first = await startServer()
    const { code, output } = await run(`
      import { createSocketServer } from './src/server/index.js'
      createSocketServer({ port: ${String(first.port)}, host: '127.0.0.1' })${handle}`)
    expect(code).toBe(expected)
    expect(output).toContain(expected === 0 ? 'handled' : 'EADDRINUSE')
  })

  it('gets no listening event', async () => {
    await using first = await startServer()
    const events: string[] = []
    const second = createSocketServer({ port: first.port, host: '127.0.0.1', onError: ({ code }) => events.push(code) })
    second.on('listening', () => events.push('listening'))
    await expect(second.ready).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(events).toEqual(['listen_failed'])
    await second.close()
  })
})
