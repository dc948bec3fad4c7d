import config from '../../jest.config.mjs'

/** The contract in every engine: `npm run test:browsers`. @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/contract/chromium.test.ts', '<rootDir>/test/browsers/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
}
