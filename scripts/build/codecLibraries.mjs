// How the CommonJS tree loads cbor-x and @msgpack/msgpack. Both are optional peers: where one is absent, its codec must throw an error
// with the code `missing_dependency`. A static `import` cannot do that (it fails before any code runs), so Node gets the CommonJS
// codecs for `import` too (the condition `node` of `exports`), and bundlers get the ESM ones (the condition `module`).
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { edit, mustReplace } from './trees.mjs'

const codecs = [
  // Resolvers that do not read `exports` (jest 27, webpack 4) need the path of the file.
  { codec: 'cbor', name: 'cbor-x', entry: 'cbor-x/index-no-eval', legacyEntry: 'cbor-x/dist/index-no-eval.cjs' },
  { codec: 'msgpack', name: '@msgpack/msgpack', entry: '@msgpack/msgpack', legacyEntry: '@msgpack/msgpack' },
]

const loader = ({ codec, name }, entry) => `"use strict";
const { missingDependency } = require("./missingDependency.js");
try {
    module.exports = require("${entry}");
}
catch (cause) {
    throw missingDependency("${codec}", "${name}", cause);
}
`

/** Lets the CommonJS codecs load their packages by a file of their own, and writes a second variant for resolvers without `exports`. */
export const writeCodecLibraries = (cjs) => {
  for (const library of codecs) {
    const at = (name) => path.join(cjs, 'codec', name)
    const { codec, entry, legacyEntry } = library
    writeFileSync(at(`${codec}Library.js`), loader(library, entry))
    edit(at(`${codec}.js`), (text) =>
      mustReplace(text, `require("${entry}")`, `require("./${codec}Library.js")`, at(`${codec}.js`)),
    )
    if (entry === legacyEntry) continue
    writeFileSync(at(`${codec}Library.legacy.js`), loader(library, legacyEntry))
    const text = readFileSync(at(`${codec}.js`), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
    writeFileSync(
      at(`${codec}.legacy.js`),
      text.replace(`require("./${codec}Library.js")`, `require("./${codec}Library.legacy.js")`),
    )
  }
}

/** What a specifier is replaced by in a tree for resolvers without `exports`. */
export const legacyEntries = new Map(codecs.map(({ entry, legacyEntry }) => [entry, legacyEntry]))
