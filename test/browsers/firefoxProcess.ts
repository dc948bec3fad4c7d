import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'

// Signals to the process of one tab of Firefox, which has no command for them as Chromium has.

/** The rows of `ps`: process, parent, thread. */
const threads = async (): Promise<{ readonly id: number; readonly parent: number; readonly name: string }[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-eLo', 'pid=,ppid=,comm='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id, parent, ...name] = line.trim().split(/\s+/)
      return { id: Number(id), parent: Number(parent), name: name.join(' ') }
    })
}

/** Finds the process of a tab by a worker that only this tab has started. */
const processOf = async (page: Page): Promise<number> => {
  await page.evaluate(async () => {
    const url = URL.createObjectURL(new Blob(['postMessage(0)']))
    const worker = new Worker(url)
    Object.assign(globalThis, { keptWorker: worker })
    await new Promise((resolve) => (worker.onmessage = resolve))
  })
  const all = await threads()
  const isOwn = (id: number): boolean => {
    const parent = all.find((thread) => thread.id === id)?.parent
    return id === process.pid || (parent !== undefined && parent > 1 && isOwn(parent))
  }
  const isTab = new Set(all.filter(({ name }) => name.startsWith('Isolated Web')).map(({ id }) => id))
  const found = all.filter(({ id, name }) => name === 'DOM Worker' && isTab.has(id) && isOwn(id)).map(({ id }) => id)
  const [id, ...others] = new Set(found)
  if (id === undefined || others.length > 0) throw new Error(`expected one process of a tab, found ${found.join(', ')}`)
  return id
}

/** Kills the process of a tab, which has no others. */
export const crashTab = async ({ page }: { readonly page: Page }): Promise<void> =>
  void process.kill(await processOf(page), 'SIGKILL')

/** Stops the process of a tab until the function that is returned is called. */
export const stopTab = async ({ page }: { readonly page: Page }): Promise<() => Promise<void>> => {
  const id = await processOf(page)
  process.kill(id, 'SIGSTOP')
  return async () => await Promise.resolve(void process.kill(id, 'SIGCONT'))
}
