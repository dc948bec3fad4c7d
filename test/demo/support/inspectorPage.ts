import type { DemoPage } from './demoPage.js'

export const textOf = async ({ page }: DemoPage, label: string) => page.getByLabel(label, { exact: true }).textContent()

export const waitForSendResult = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Result of the last send' }).filter({ hasText: text }).waitFor()

export const waitForFaultResult = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Response of the server' }).filter({ hasText: text }).waitFor()

export const waitForLogCount = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('region', { name: 'Log' }).getByText(text, { exact: true }).waitFor()

/** Sends the message of the form several times. */
export const sendCopies = async ({ page, press }: DemoPage, copies: number) => {
  await page.getByRole('textbox', { name: 'Times' }).fill(String(copies))
  await press('Send')
}

/** Makes the server send `count` messages. */
export const burst = async ({ page, press }: DemoPage, count: number) => {
  await page.getByRole('textbox', { name: 'Messages', exact: true }).fill(String(count))
  await press('Burst')
}

/** Runs a fault switch of the server without the page. */
export const runFault = async (url: string, name: string, options: object = {}): Promise<number> => {
  const { status } = await fetch(`${url}/faults/${name}`, { method: 'POST', body: JSON.stringify(options) })
  return status
}
