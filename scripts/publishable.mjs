// Before `npm version` and `npm publish`: refuses a package whose addresses are placeholders, or whose version has no section in the changelog.
// `--before-version`: the section is still called "Unreleased".
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

/** The files that name the repository. */
const withAddress = ['package.json', 'CONTRIBUTING.md', 'SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']

const placeholders = withAddress.filter((file) => /OWNER(\/reduplex|\.github)/.test(read(file)))
const { version } = JSON.parse(read('package.json'))
const section = process.argv.includes('--before-version') ? '## [Unreleased]\n' : `## [${version}] - `

const faults = [
  ...placeholders.map(
    (file) =>
      `${file}: expected the address of the repository, found the placeholder OWNER. Replace it by the name of the account.`,
  ),
  ...(read('CHANGELOG.md').includes(`\n${section}`)
    ? []
    : [`CHANGELOG.md: expected a heading that begins with "${section.trim()}". Use \`npm run release\`.`]),
]
for (const fault of faults) console.error(`publishable: ${fault}`)
if (faults.length > 0) {
  console.error(`publishable: nothing is published from ${root}`)
  process.exitCode = 1
}
