import { expect, it } from '@jest/globals'
import { redisBus } from '../../../src/server/redis/index.js'

const url = 'redis://user:secret@localhost'
const sentinel = { name: 'main', sentinelRootNodes: [{ host: 'localhost', port: 26_379 }] }

it.each([
  ['an unknown option', { url, maxBufferd: 5 }, '"maxBufferd"'],
  ['an unknown option of sentinel', { sentinel: { ...sentinel, nodeClientOption: {} } }, '"sentinel.nodeClientOption"'],
  ['an unknown option of cluster', { cluster: { rootNodes: [{ url }], default: {} } }, '"cluster.default"'],
  ['NaN as a number', { url, maxBuffered: Number.NaN }, '"maxBuffered"'],
  ['null', null, 'an object of options'],
  ['a url in place of the object', url, 'an object of options'],
])('redisBus throws invalid_option for %s, without the password', (_title, options, part) => {
  let thrown: unknown
  try {
    redisBus(options as never)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'invalid_option', message: expect.stringContaining(part) as unknown })
  expect(String(thrown)).not.toContain('secret')
})
