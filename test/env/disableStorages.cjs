'use strict'
// playwright-core never disables its AsyncLocalStorages. Node before 24 calls hooks for each promise while one is enabled.
const { AsyncLocalStorage } = require('node:async_hooks')

/** Calls `work`, and then disables every AsyncLocalStorage that was used meanwhile. It is no async function: the stacks of errors would show it. */
module.exports = (work) => {
  const used = new Set()
  const { prototype } = AsyncLocalStorage
  const originals = Object.getOwnPropertyDescriptors(prototype)
  for (const name of ['run', 'enterWith']) {
    const original = originals[name].value
    prototype[name] = function (...args) {
      used.add(this)
      return original.apply(this, args)
    }
  }
  return work().finally(() => {
    for (const name of ['run', 'enterWith']) Object.defineProperty(prototype, name, originals[name])
    for (const storage of used) storage.disable()
  })
}
