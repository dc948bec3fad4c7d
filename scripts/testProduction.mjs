// `npm run test:production`: the suites that matter, in production mode. `npm run test:production -- <jest args>`: only those tests.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const suites = [
  ...['connection', 'features', 'middleware', 'query', 'rpc', 'session', 'state', 'tabs'].map(
    (folder) => `test/unit/${folder}/`,
  ),
  'test/contract/contract.test.ts',
  'test/integration/session/bothEnds.test.ts',
]
const given = process.argv.slice(2)
const chosen = given.some((arg) => !arg.startsWith('-')) ? given : [...suites, ...given]
const jest = path.join(root, 'node_modules/jest/bin/jest.js')
const { status } = spawnSync(process.execPath, ['--max-semi-space-size=32', jest, ...chosen], {
  cwd: root,
  env: { ...process.env, REDUPLEX_MODE: 'production' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
