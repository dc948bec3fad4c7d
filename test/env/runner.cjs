'use strict'
// jest-circus, with what makes many test files cheap for one worker.
const circus = require('jest-circus/runner').default
const compileOnce = require('./compileOnce.cjs')
const disableStorages = require('./disableStorages.cjs')
const plainStorage = require('./plainStorage.cjs')

/** Large packages that use no global that a test replaces. Jest would load them again for each test file that imports them. */
const loadedOnce = ['playwright-core', 'typescript']

module.exports = (globalConfig, config, environment, runtime, testPath, ...rest) => {
  if (!globalConfig.collectCoverage) compileOnce()
  plainStorage()
  for (const name of loadedOnce) runtime.setMock(testPath, name, () => require(name))
  return disableStorages(() => circus(globalConfig, config, environment, runtime, testPath, ...rest))
}
