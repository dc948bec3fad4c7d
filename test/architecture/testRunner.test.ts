import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

// oxlint-disable-next-line typescript/no-require-imports -- the test runner is CommonJS
const disableStorages = require('../env/disableStorages.cjs') as <T>(work: () => Promise<T>) => Promise<T>

// oxlint-disable-next-line typescript/no-require-imports -- the sequencer is CommonJS
const { slowest } = require('../env/sequencer.cjs') as { readonly slowest: readonly string[] }

/** Uses a storage. The returned function reads it; a disabled storage is undefined. */
const useStorage = (): (() => unknown) => {
  const storage = new AsyncLocalStorage<string>()
  return storage.run('stored', () => AsyncResource.bind(() => storage.getStore()))
}

describe('the test runner', () => {
  it('disables each AsyncLocalStorage that a test file used, after the file', async () => {
    const read = await disableStorages(async () => {
      const readStored = useStorage()
      expect(readStored()).toBe('stored')
      return await Promise.resolve(readStored)
    })
    expect(read()).toBeUndefined()
  })

  it('disables them after a file that could not run', async () => {
    const reads: (() => unknown)[] = []
    const failing = disableStorages(async () => {
      reads.push(useStorage())
      return await Promise.reject(new Error('no file'))
    })
    await expect(failing).rejects.toThrow('no file')
    expect(reads.map((read) => read())).toEqual([undefined])
  })
})

describe('the test sequencer', () => {
  it('names only test files that exist', () => {
    const isFile = (name: string) => existsSync(path.join(__dirname, '..', `${name}.test.ts`))
    expect(slowest.filter((name) => !isFile(name))).toEqual([])
  })
})
