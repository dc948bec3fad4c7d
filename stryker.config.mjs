// `npm run mutation`: changes the code in small ways, one after the other, and counts the changes that no test notices. It takes several hours on two cores,
// because each change loads all test files that are related to its file, and is not part of `npm test`.
// `npm run mutation -- --mutate src/middleware/match.ts,src/middleware/router.ts` looks at some files only.
import jestConfig from './jest.config.mjs'

/** @type {import('@stryker-mutator/core').PartialStrykerOptions} */
export default {
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    projectType: 'custom',
    // The tests that run in this process and need no server, browser, build or environment of their own.
    config: {
      ...jestConfig,
      maxWorkers: 1,
      testMatch: ['<rootDir>/test/{unit,regression}/**/*.test.ts', '!**/{inDom,*-without-TextEncoder}.test.ts'],
    },
    enableFindRelatedTests: true,
  },
  mutate: ['src/{codec,connection,features,middleware}/**/*.ts', '!src/**/types.ts'],
  coverageAnalysis: 'perTest',
  // A mutant in code that runs once, when a module is loaded, needs a run of every test.
  ignoreStatic: true,
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: '.cache/mutation/report.json' },
  incremental: true,
  incrementalFile: '.cache/mutation/incremental.json',
  tempDirName: '.cache/mutation/sandbox',
  concurrency: 2,
  timeoutMS: 5_000,
  // The types of a mutant do not matter.
  disableTypeChecks: 'src/**/*.ts',
  thresholds: { high: 90, low: 85, break: 85 },
}
