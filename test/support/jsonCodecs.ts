import { jsonLines } from '../../src/features/index.js'
import { createSocketMiddleware, json } from '../../src/index.js'
import type { StoreOptions } from './buildStore.js'

/** For `describe.each`: the codecs that read JSON, and the ways to get them. */
export const jsonCodecs: [name: string, options: StoreOptions][] = [
  ['the default codec', {}],
  ['the default features', { create: createSocketMiddleware }],
  ['json()', { codec: json() }],
  ['jsonLines()', { codec: jsonLines() }],
]
