import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DemoPage } from './demoPage.js'

export const textOf = async ({ page }: DemoPage, label: string) => page.getByLabel(label, { exact: true }).textContent()

export const waitForSendResult = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Result of the last send' }).filter({ hasText: text }).waitFor()

export const waitForFaultResult = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Response of the server' }).filter({ hasText: text }).waitFor()

export const waitForLogCount = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('region', { name: 'Log' }).getByText(text, { exact: true }).waitFor()

/** Waits until everything that the devtools load when they are shown is there. */
export const waitForDevtools = async ({ page }: DemoPage) => page.locator('.chart canvas').nth(3).waitFor()

/** Presses "Export". Returns the text of the file. */
export const exportRecording = async ({ page, press }: DemoPage): Promise<string> => {
  const downloaded = page.waitForEvent('download')
  await press('Export')
  const folder = await mkdtemp(path.join(tmpdir(), 'recording-'))
  try {
    const file = path.join(folder, 'recording.json')
    await (await downloaded).saveAs(file)
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Imports a recording. */
export const importRecording = async ({ page }: DemoPage, text: string) =>
  page
    .getByLabel('Recording', { exact: true })
    .setInputFiles({ name: 'recording.json', mimeType: 'application/json', buffer: Buffer.from(text) })

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
