import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axePath = createRequire(__filename).resolve('axe-core/axe.min.js')

/** The rules that a page breaks, each with the elements that break it. `selector` limits them to a part of the page. */
export const findViolations = async (page: Page, selector = 'html'): Promise<unknown[]> => {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axePath })
  return await page.evaluate(async (part) => {
    const { axe } = window as unknown as {
      readonly axe: { readonly run: (part: string, options: RunOptions) => Promise<AxeResults> }
    }
    // The other results would have each element too, which takes as long as the rules.
    const { passes, violations } = await axe.run(part, { resultTypes: ['violations'] })
    if (passes.length < 10) throw new Error(`only ${passes.length} rules apply to the page`)
    return violations.map(({ id, nodes }) => [
      id,
      ...nodes.map(({ target, failureSummary }) => `${String(target)}: ${failureSummary}`),
    ])
  }, selector)
}
