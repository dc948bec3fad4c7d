'use strict'
// Jest compiles each module again in the context of each test file, which takes a quarter of the processor time of a short one. Here a worker compiles a
// module once, as a script that it runs in each context: what V8 has compiled of its functions is kept too.
const vm = require('node:vm')

const { compileFunction } = vm
/** By file name. */
const scripts = new Map()

/** The function that Jest asks for, or `undefined` where only Jest's own way compiles it, or words its error. */
const compileOnce = (source, params, { filename, parsingContext }) => {
  const known = scripts.get(filename)
  if (known?.source === source) return known.script.runInContext(parsingContext)
  const start = `(function (${params.join(', ')}) {`
  try {
    const script = new vm.Script(`${start}${source}\n})`, { filename, columnOffset: -start.length })
    scripts.set(filename, { source, script })
    return script.runInContext(parsingContext)
  } catch {
    return undefined
  }
}

/** A test file is compiled once anyway. `import(…)` needs the callback that Jest gives. */
const isShared = (source, { filename = '', parsingContext } = {}) =>
  parsingContext && filename && !filename.includes('.test.') && !/\bimport\s*\(/.test(source)

/** Not for a run with `--coverage`, which reads the positions that Jest's own way gives. */
module.exports = () => {
  vm.compileFunction = (source, params = [], options) =>
    (isShared(source, options) && compileOnce(source, params, options)) || compileFunction(source, params, options)
}
