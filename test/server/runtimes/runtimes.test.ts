import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { blocksOf, readDoc, root } from '../../readme/blocks.js'
import { startFaultProxy } from '../../support/faultProxy.js'
import { findRuntime, startProgram, type RuntimeName } from '../../support/runtimes.js'
import { SessionClient } from '../../support/session/sessionClient.js'
import { wrap } from '../support.js'

// The built library under Bun and Deno, which are devDependencies. adapters.test.ts runs the adapters with doubles of both.

const programArgs = {
  bun: ['test/server/runtimes/server.program.mjs'],
  deno: ['run', '--allow-all', 'test/server/runtimes/server.program.mjs'],
} satisfies Record<RuntimeName, readonly string[]>

const found = (['bun', 'deno'] as const).map((name) => ({ name, command: findRuntime(name) }))

const ada = { headers: { cookie: 'name=ada' } }

const start = async (name: RuntimeName, command: string) => {
  const program = startProgram(command, programArgs[name])
  const { port } = await program.line('port')
  const url = `127.0.0.1:${String(port)}`
  const open = async (protocols: string[] = []) => {
    const client = wrap(new WebSocket(`ws://${url}/rooms/7?tag=redux`, protocols, ada))
    await once(client.ws, 'open')
    return client
  }
  return { ...program, url, open }
}

describe('findRuntime', () => {
  it('throws when the environment names a program that does not run', () => {
    const before = process.env['BUN_PATH']
    process.env['BUN_PATH'] = '/nowhere/bun'
    expect(() => findRuntime('bun')).toThrow('/nowhere/bun')
    if (before === undefined) delete process.env['BUN_PATH']
    else process.env['BUN_PATH'] = before
  })

  it('throws when there is no program', () => {
    expect(() => findRuntime('bun', ['/nowhere/bun'])).toThrow('Expected bun, a devDependency')
  })
})

/** The program of a page of docs/runtimes, with the built library, on a free port that it prints. */
const writePageProgram = (name: RuntimeName): string => {
  const folder = path.join(root, '.cache/runtimes')
  mkdirSync(folder, { recursive: true })
  const block = blocksOf(readDoc(`docs/runtimes/${name}.md`)).find(({ language }) => language === 'ts')
  const file = path.join(folder, `${name}.ts`)
  const port = name === 'deno' ? 'http.addr.port' : 'http.port'
  const code = (block?.code ?? '')
    .replaceAll(/'reduplex\/([\w/]+)'/g, (_, entry: string) => `'${path.join(root, 'dist/esm', entry, 'index.js')}'`)
    .replace('port: 3000', "port: 0, hostname: '127.0.0.1'")
    .concat(`console.log(JSON.stringify({ port: ${port} }))\n`)
  writeFileSync(file, code)
  return file
}

for (const { name, command } of found) {
  describe(`the server under ${name}`, () => {
    it('admits clients, answers their calls and messages, and passes bytes and the close on', async () => {
      await using running = await start(name, command)
      const client = await running.open()
      expect(await client.request('whoAmI')).toMatchObject({
        result: { name: 'ada', ip: '127.0.0.1', room: '7', query: 'redux' },
      })
      client.send({ text: 'é' })
      expect(await client.next()).toEqual({ text: 'é' })
      client.send({ type: 'bytes' })
      const answers = [await client.next(), await client.next()]
      expect(answers).toContainEqual(Buffer.from([1, 2, 3]))
      client.ws.close(4000, 'enough')
      expect((await running.line('removed'))['removed']).toEqual([4000, 'enough'])
    })

    it('refuses clients with the code of the refusal, and a message above maxPayload', async () => {
      await using running = await start(name, command)
      const unknown = wrap(new WebSocket(`ws://${running.url}/rooms/7`))
      expect((await unknown.closed).code).toBe(4401)
      const client = await running.open()
      client.ws.send('x'.repeat(2_000))
      // Bun closes it itself, and without a close frame.
      expect([1009, 1006]).toContain((await client.closed).code)
    })

    it('leaves requests for other paths, and those without an upgrade, to the app', async () => {
      await using running = await start(name, command)
      expect(await (await fetch(`http://${running.url}/rooms/7`)).text()).toBe('hello')
      const other = new WebSocket(`ws://${running.url}/other`, ada)
      const [error] = (await once(other, 'error')) as [Error]
      expect(error.message).toContain(name === 'deno' ? '404' : '200')
    })

    it('reports the subprotocol that was selected', async () => {
      await using running = await start(name, command)
      for (const [offered, selected] of [
        [['app', 'json'], 'json'],
        [['app', 'other'], 'app'],
        [[], ''],
      ] as const) {
        // oxlint-disable-next-line no-await-in-loop
        const client = await running.open([...offered])
        expect(client.ws.protocol).toBe(selected)
        // oxlint-disable-next-line no-await-in-loop
        expect(await client.request('protocol')).toMatchObject({ result: selected })
      }
    })

    it('ends the connection of a client that disconnects without a close frame', async () => {
      await using running = await start(name, command)
      const client = await running.open()
      client.ws.terminate()
      expect((await running.line('removed'))['removed']).toEqual([expect.any(Number), expect.any(String)])
    })

    it('resumes a session after a cut, without a lost or doubled message', async () => {
      await using running = await start(name, command)
      await using proxy = await startFaultProxy(Number(running.url.split(':')[1]))
      const client = new SessionClient(`ws://127.0.0.1:${proxy.port}/rooms/7?tag=redux`)
      const { id } = (await client.connect(ada))!
      const say = (from: number, to: number) => {
        for (let n = from; n <= to; n++) client.send({ type: 'said', payload: n })
      }
      say(1, 5)
      await client.until(() => client.acked === 5 && client.frames.length === 5)
      // These and their answers are lost on the way.
      proxy.freeze()
      say(6, 20)
      await proxy.resume()
      proxy.drop()
      await client.closed
      expect((await running.line('suspended'))['suspended']).toBe(id)
      expect(await client.connect(ada)).toMatchObject({ resumed: true, kept: true, id })
      client.send({ jsonrpc: '2.0', id: 1, method: 'said' })
      await client.until(() => client.frames.length === 22)
      const numbers = Array.from({ length: 20 }, (_, index) => index + 1)
      expect(client.values()).toEqual([
        ...numbers.slice(0, 5).map((payload) => ({ type: 'answer', payload })),
        { type: 'missed', payload: 5 },
        ...numbers.slice(5).map((payload) => ({ type: 'answer', payload })),
        { jsonrpc: '2.0', id: 1, result: numbers },
      ])
      client.ws!.terminate()
    })

    it('runs the program of its page', async () => {
      const file = writePageProgram(name)
      await using program = startProgram(command, name === 'deno' ? ['run', '--allow-all', '--no-check', file] : [file])
      const { port } = await program.line('port')
      const client = wrap(new WebSocket(`ws://127.0.0.1:${String(port)}/ws`, ada))
      await once(client.ws, 'open')
      client.send({ type: 'posts/wanted', payload: 'Hello' })
      expect(await client.next()).toEqual({ type: 'posts/created', payload: { id: 1, title: 'Hello' } })
    })

    it('closes its clients with 1012', async () => {
      await using running = await start(name, command)
      const client = await running.open()
      await client.request('whoAmI')
      running.end()
      expect(await client.closed).toEqual({ code: 1012, reason: 'the server restarts' })
      await running.line('closed')
    })
  })
}
