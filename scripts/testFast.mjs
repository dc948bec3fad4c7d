// `npm run test:fast`: the suites that need no browser, no Redis and no dist/, and that take little time. `npm run test:fast -- <jest options>`: with these options.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['architecture', 'contract', 'recipes', 'regression', 'stories', 'types', 'unit']
/** Suites of these folders that `npm test` alone runs. test/architecture/fastSet.test.ts holds that the rest needs no browser, no Redis and no dist/. */
const leftOut = [
  // Need a browser.
  'contract/chromium',
  'contract/fakeInChromium',
  'contract/sharedInChromium',
  'recipes/devProxy',
  'recipes/testingPlaywright',
  // Need dist/.
  'architecture/walks',
  'recipes/types',
  // Take long: TypeScript's or another program over src/, another test runner, and long random sequences.
  'recipes/testingVitest',
  'architecture/docstrings',
  'architecture/exportedNames',
  'architecture/imports',
  'contract/model',
  'unit/\\w+/model',
  'unit/features/heartbeatProof',
]

const run = async () => {
  try {
    await setup()
  } catch (error) {
    console.error(error.message)
    return 1
  }
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      ...folders.map((folder) => `test/${folder}/`),
      `--testPathIgnorePatterns=test/(${leftOut.join('|')})\\.test`,
      ...process.argv.slice(2),
    ],
    {
      cwd: root,
      // A suite that starts to need one of them fails here, with or without them on the machine.
      env: { ...process.env, CHROMIUM_PATH: '/not/in/test:fast', REDIS_SERVER_PATH: '/not/in/test:fast' },
      stdio: 'inherit',
    },
  )
  return status ?? 1
}

process.exitCode = await run()
