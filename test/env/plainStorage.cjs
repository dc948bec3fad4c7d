'use strict'
// jest-circus keeps the running test in an AsyncLocalStorage, so that tests can run concurrently. Before version 24, Node then calls hooks for each
// promise, which takes 10 to 25 % of the processor time. No test here runs concurrently, so a variable is enough.
const asyncHooks = require('node:async_hooks')

class PlainStorage {
  #stored

  /** It is no async function: the stacks of errors would show it. */
  run(value, callback) {
    const before = this.#stored
    this.#stored = value
    const restore = () => {
      this.#stored = before
    }
    const result = callback()
    if (typeof result?.then === 'function') return result.finally(restore)
    restore()
    return result
  }

  getStore() {
    return this.#stored
  }
}

/** Gives the next that creates an AsyncLocalStorage a plain one: jest-circus, which is loaded for each test file. */
module.exports = () => {
  const { AsyncLocalStorage } = asyncHooks
  asyncHooks.AsyncLocalStorage = function () {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage
    return new PlainStorage()
  }
}
