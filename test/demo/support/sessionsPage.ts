import { expect } from '@jest/globals'
import type { DemoPage } from './demoPage.js'

type Verdict = 'none' | 'new' | 'resumed' | 'lost'
type Held = 'messages' | 'answers'

/** The page "Sessions". The `waitFor…` functions fail after a timeout. */
export const sessionsPage = (open: DemoPage) => {
  const { page } = open
  const faults = page.getByRole('region', { name: 'Break the connection' })
  const verdict = page.getByRole('region', { name: 'Session', exact: true })
  const row = (text: string) => page.getByRole('article', { name: text, exact: true })
  const press = async (label: string) => faults.getByRole('button', { name: new RegExp(`^${label}`) }).click()
  return {
    send: async (...texts: readonly string[]) => {
      for (const text of texts) {
        await page.getByRole('textbox', { name: 'Message' }).fill(text)
        await open.press('Send')
      }
    },
    sendAgain: async (text: string) =>
      row(text)
        .getByRole('button', { name: `Send again: ${text}` })
        .click(),
    hold: async (what: Held) => {
      await press(`Hold ${what}`)
      await faults.getByRole('button', { name: `Release ${what}` }).waitFor()
    },
    release: async (what: Held) => press(`Release ${what}`),
    cut: async () => press('Cut'),
    restart: async () => press('Restart the server'),
    crash: async () => press('Crash the server'),
    waitForVerdict: async (name: Verdict) => verdict.getByText(name, { exact: true }).waitFor(),
    waitForCounts: async (...counts: readonly string[]) => {
      for (const count of counts) await verdict.getByText(count).waitFor()
    },
    /** Waits until a message has this mark, and until the server has it as often as this says. */
    waitForMessage: async (text: string, mark: string, handled: string) => {
      await row(text).getByText(mark).waitFor()
      await row(text).getByText(handled).waitFor()
    },
    /** The texts of the messages, the newest first, each as often as it is shown. */
    expectMessages: async (...texts: readonly string[]) => {
      expect(await page.locator('.entry-text').allTextContents()).toEqual(texts)
    },
  }
}
