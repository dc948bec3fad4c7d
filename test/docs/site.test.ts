import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.js'
import { freePort } from '../support/freePort.js'
import { allPages, root } from '../readme/blocks.js'

// `npm run docs -- --serve`, without the reference, which takes half a minute more.

let folder: string
let build: ChildProcess | undefined
let site: string
let browser: Browser | undefined

beforeAll(async () => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/docs-'))
  const port = String(await freePort())
  const args = ['scripts/docs.mjs', '--without-api', '--serve', '--base', '/reduplex/', '--port', port]
  const child = spawn(process.execPath, [...args, '--out', path.join(folder, 'site')], { cwd: root })
  build = child
  let output = ''
  site = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += String(chunk)
      const [, url] = /docs: open (\S+)\/\n/.exec(output) ?? []
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`docs ended with ${code}: ${output}`)))
  })
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  build?.kill()
  rmSync(folder, { recursive: true, force: true })
})

const version = (): string => readdirSync(path.join(folder, 'site')).find((name) => name.startsWith('v')) ?? ''
const htmlFiles = (): string[] =>
  readdirSync(path.join(folder, 'site', version()), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  )
const readHtml = (file: string): string => readFileSync(path.join(folder, 'site', version(), file), 'utf8')

/** The ids of an HTML page, and the links in its text. */
const parse = (html: string) => ({
  ids: new Set(Array.from(html.matchAll(/ id="([^"]*)"/g), ([, id = '']) => decodeURIComponent(id))),
  links: Array.from(html.matchAll(/<a [^>]*href="([^"]*)"/g), ([, href = '']) => href),
})

describe('the site', () => {
  it('has every page, under the base path and the version', () => {
    const { version: ofPackage } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(version()).toBe(`v${ofPackage.split('.').slice(0, 2).join('.')}`)
    const expected = allPages.filter((page) => !page.startsWith('skills/')).length
    expect(htmlFiles().filter((file) => file !== '404.html')).toHaveLength(expected)
    expect(site).toMatch(/\/reduplex\/v\d+\.\d+$/)
  })

  it('shows its own page for a path that it does not have, also at the root of the host', () => {
    const text = readFileSync(path.join(folder, 'site', '404.html'), 'utf8')
    expect(text).toBe(readHtml('404.html'))
  })

  it('links files that are no pages at the address of the repository', () => {
    const { repository } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      repository: { url: string }
    }
    const address = repository.url.replaceAll(/^git\+|\.git$/g, '')
    expect(readHtml('readme.html')).toContain(`${address}/blob/main/`)
    expect(readFileSync(path.join(root, 'scripts/docs/pages.mjs'), 'utf8')).not.toContain('OWNER')
  })

  it('has no link to a page or a heading that does not exist', () => {
    const base = `/reduplex/${version()}/`
    const parsed = new Map(
      htmlFiles().map((file) => [`/${file.replace(/(^|\/)index\.html$|\.html$/, '$1')}`, parse(readHtml(file))]),
    )
    const dead = [...parsed].flatMap(([from, { links }]) =>
      links
        .filter((href) => href.startsWith(base) || href.startsWith('#'))
        .filter((href) => {
          const [target = '', anchor] = (href.startsWith('#') ? `${base}${from.slice(1)}${href}` : href).split('#')
          const page = parsed.get(`/${target.slice(base.length)}`)
          const isFile = existsSync(path.join(folder, 'site', version(), target.slice(base.length)))
          if (!page) return !isFile
          return anchor !== undefined && anchor !== '' && !page.ids.has(decodeURIComponent(anchor))
        })
        .map((href) => `${from} → ${href}`),
    )
    expect(dead).toEqual([])
  })

  it('has llms.txt with every page of the index, and llms-full.txt with all texts', () => {
    const list = readFileSync(path.join(folder, 'site/llms.txt'), 'utf8')
    const urls = Array.from(list.matchAll(/\]\(([^)]*)\)/g), ([, url = '']) => url)
    expect(urls.length).toBeGreaterThan(40)
    const missing = urls.filter((url) => !existsSync(path.join(folder, 'site', url.replace('/reduplex/', ''))))
    expect(missing).toEqual([])
    const full = readFileSync(path.join(folder, 'site/llms-full.txt'), 'utf8')
    expect(full).toContain('# Getting started')
    expect(full).toContain('# Changelog')
  })
})

describe('a reader', () => {
  const open = async (where: string): Promise<{ tab: Page; others: string[]; errors: string[] }> => {
    if (!browser) throw new Error('The browser did not start.')
    const tab = await browser.newPage()
    const others: string[] = []
    const errors: string[] = []
    tab.on('request', (request) => {
      if (!request.url().startsWith(new URL(site).origin) && !request.url().startsWith('data:'))
        others.push(request.url())
    })
    tab.on('pageerror', (error) => errors.push(String(error)))
    await tab.goto(`${site}/${where}`)
    return { tab, others, errors }
  }

  it('finds an option by the search, without a request to another host', async () => {
    const { tab, others, errors } = await open('')
    await tab.locator('#local-search button').click()
    await tab.locator('#localsearch-input').fill('highWaterMark')
    await tab.locator('.results a').first().click()
    await tab.waitForFunction(() => /highWaterMark/.test(document.querySelector('main')?.textContent ?? ''))
    expect({ others, errors }).toEqual({ others: [], errors: [] })
    await tab.close()
  })

  it('switches to dark mode', async () => {
    const { tab } = await open('options')
    await tab.locator('.VPSwitchAppearance').first().click()
    await tab.waitForFunction(() => document.documentElement.classList.contains('dark'))
    expect(await tab.evaluate(() => localStorage.getItem('vitepress-theme-appearance'))).toBe('dark')
    await tab.close()
  })

  it('is led from the root to the version', () => {
    expect(readFileSync(path.join(folder, 'site/index.html'), 'utf8')).toContain(`url=${version()}/`)
  })
})
