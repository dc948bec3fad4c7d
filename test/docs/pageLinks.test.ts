import { execFileSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import { root } from '../readme/blocks.js'

/** Runs the script of the docs in Node: the CommonJS of Jest cannot import an .mjs module. */
const linkPages = (file: string, text: string): string =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { linkPages } from './scripts/docs/pageLinks.mjs'
process.stdout.write(linkPages(${JSON.stringify(file)}, ${JSON.stringify(text)}))`,
    ],
    { cwd: root, encoding: 'utf8' },
  )

describe('the reference', () => {
  it('links the pages that docstrings name', () => {
    expect(
      linkPages(
        'session/variables/sessionFeature.md',
        'See docs/sessions.md. A code of docs/errors.md#gone (docs/runtimes/bun.md)',
      ),
    ).toBe(
      'See [docs/sessions.md](../../../sessions.md). A code of [docs/errors.md#gone](../../../errors.md#gone) ([docs/runtimes/bun.md](../../../runtimes/bun.md))',
    )
  })

  it('leaves links and code as they are', () => {
    const text = '[docs/a.md](./a.md)\n```ts\n// docs/b.md\n```\n[x](../docs/c.md)'
    expect(linkPages('index.md', text)).toBe(text)
  })
})
