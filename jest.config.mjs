const isProduction = process.env.REDUPLEX_MODE === 'production'

/** @type {import('jest').Config} */
export default {
  // A DOM test asks for one with a docblock: /** @jest-environment ./test/env/dom.cjs */ (the path is from the root).
  testEnvironment: 'node',
  testRunner: '<rootDir>/test/env/runner.cjs',
  testSequencer: '<rootDir>/test/env/sequencer.cjs',
  globalSetup: '<rootDir>/test/env/createRunFolder.mjs',
  globalTeardown: '<rootDir>/test/env/removeRunFolder.mjs',
  // Under jsdom too: `ws` and others would otherwise resolve to their browser builds, which throw.
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  testMatch: ['<rootDir>/test/**/*.test.{ts,tsx}'],
  // Further browsers, which not every machine has: `npm run test:browsers` has a config of its own.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/browsers/',
    ...(isProduction ? ['\\.development\\.test'] : []),
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  // `npm run test:production`: without the sentences and checks of development, as in a production bundle.
  globals: { __DEV__: !isProduction },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Left to itself Jest takes one worker less than there are cores; many tests only wait for a browser or another process.
  maxWorkers: '100%',
  // A timeout ends what hangs; no test may fail because the machine is busy.
  testTimeout: 60_000,
  restoreMocks: true,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/types.ts'],
}
