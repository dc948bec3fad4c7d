// Run by `npm version`: the section "Unreleased" of CHANGELOG.md becomes that of the new version, below an empty "Unreleased".
import { readFileSync, writeFileSync } from 'node:fs'

const file = process.argv[2] ?? 'CHANGELOG.md'
const version = process.env.npm_package_version
const today = new Date().toISOString().slice(0, 10)

const before = readFileSync(file, 'utf8')
const after = before.replace('\n## [Unreleased]\n', `\n## [Unreleased]\n\n## [${version}] - ${today}\n`)
if (version === undefined || after === before) {
  console.error(`changelog: expected a version from npm and a heading "## [Unreleased]" in ${file}`)
  process.exit(1)
}
writeFileSync(file, after)
