import type { JSHandle, Page } from 'playwright-core'
import type { DemoPage } from './demoPage.js'
import type { DemoTest } from './demoTests.js'

/** Drops a file on the page. A number as `content` is that many zeros. */
export const drop = async ({ page }: DemoPage, name: string, content: Buffer | number) => {
  const dataTransfer = await page.evaluateHandle(
    ([file, bytes]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([typeof bytes === 'number' ? new Uint8Array(bytes) : Uint8Array.from(bytes)], file))
      return transfer
    },
    [name, typeof content === 'number' ? content : [...content]] as const,
  )
  await page.getByText('Drop a picture here').dispatchEvent('drop', { dataTransfer })
}

/** Waits until the list of sent files shows this text for a file. */
export const waitForTransfer = async ({ page }: DemoPage, name: string, text: string) =>
  page
    .getByRole('list', { name: 'Files sent' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('progressbar', { name: `Progress of ${name}` }) })
    .filter({ hasText: text })
    .waitFor()

/** The tile of received bytes. */
export const tileOf = ({ page }: DemoPage, name: string) =>
  page
    .getByRole('list', { name: 'Received bytes' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('button', { name: `Release ${name}` }) })

export interface Progress {
  readonly max: number
  readonly values: readonly number[]
}

/** Records the values of a progress bar from now on. The bar may appear later. */
export const recordProgress = async (page: Page, label: string): Promise<JSHandle<Progress>> =>
  page.evaluateHandle((name) => {
    const progress = { max: 0, values: [] as number[] }
    const read = () => {
      const bar = document.querySelector<HTMLProgressElement>(`progress[aria-label="${name}"]`)
      if (!bar || bar.value === progress.values.at(-1)) return
      progress.max = bar.max
      progress.values.push(bar.value)
    }
    new MutationObserver(read).observe(document.body, { subtree: true, childList: true, attributes: true })
    return progress
  }, label)

/** Whether an object URL can be loaded. Another document of the same origin loads it, because a failure is an error in its console. */
export const canLoad = async ({ page, server }: DemoTest, url: string): Promise<boolean> => {
  const other = await page.context().newPage()
  await other.goto(`${server.url}/styles.css`)
  const isLoaded = await other.evaluate(async (address) => {
    const response = await fetch(address).catch(() => undefined)
    return response?.ok ?? false
  }, url)
  await other.close()
  return isLoaded
}
