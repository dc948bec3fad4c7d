import type { Page } from 'playwright-core'
import type { DemoPage } from './page.js'

export const openBytesPage = async ({ page }: DemoPage) => {
  await page.getByRole('link', { name: 'Pictures and bytes' }).click()
  await page.getByRole('region', { name: 'Send a picture' }).waitFor()
}

/** Drops a file, as a hand with a mouse would; a number is that many zeros. */
export const drop = async ({ page }: DemoPage, name: string, content: Buffer | number) => {
  const dataTransfer = await page.evaluateHandle(
    ([file, bytes]) => {
      const dropped = new DataTransfer()
      dropped.items.add(new File([typeof bytes === 'number' ? new Uint8Array(bytes) : Uint8Array.from(bytes)], file))
      return dropped
    },
    [name, typeof content === 'number' ? content : [...content]] as const,
  )
  await page.getByText('Drop a picture here').dispatchEvent('drop', { dataTransfer })
}

/** Waits until the list of files sent says this of one. */
export const fileDescribed = async ({ page }: DemoPage, name: string, text: string) =>
  page
    .getByRole('list', { name: 'Files sent' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('progressbar', { name: `Progress of ${name}` }) })
    .filter({ hasText: text })
    .waitFor()

/** The tile of received bytes. */
export const tile = ({ page }: DemoPage, name: string) =>
  page
    .getByRole('list', { name: 'Received bytes' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('button', { name: `Release ${name}` }) })

/** Notes what a bar shows, from now on; it need not be there yet. */
export const watchProgress = async (page: Page, label: string) =>
  page.evaluateHandle((name) => {
    const seen = { max: 0, values: [] as number[] }
    const look = () => {
      const bar = document.querySelector<HTMLProgressElement>(`progress[aria-label="${name}"]`)
      if (!bar || bar.value === seen.values.at(-1)) return
      seen.max = bar.max
      seen.values.push(bar.value)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
    return seen
  }, label)

/** Whether an object URL can be loaded. Asked by another page of the origin: the failure would be an error in the console. */
export const leadsSomewhere = async ({ page, server }: DemoPage, url: string): Promise<boolean> => {
  const other = await page.context().newPage()
  await other.goto(server.url)
  const isLoaded = await other.evaluate(async (address) => {
    const response = await fetch(address).catch(() => undefined)
    return response?.ok ?? false
  }, url)
  await other.close()
  return isLoaded
}
