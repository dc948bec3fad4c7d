'use strict'
// Jest starts the test files of a clean clone by size. The slowest begin first here: one that began last would keep one core busy at the end.
const Sequencer = require('@jest/test-sequencer').default

/** The slowest test files, the slowest first. */
const slowest = [
  'package/types',
  'examples/examples',
  'docs/site',
  'guides/guides',
  'readme/readme',
  'demo/pictures',
  'contract/chromium',
  'demo/livePosts',
  'demo/axe',
  'demo/scenarios',
  'server/session/model/storeModel',
  'integration/session/bothEnds',
  'demo/demoProcess',
  'server/conformance/conformance',
  'server/redis/history',
  'package/package',
  'package/absent',
  'unit/features/heartbeatProof',
  'demo/accessibility',
  'demo/faultSwitches',
  'demo/rtkQuery',
  'recipes/devProxy',
  'contract/fakeInChromium',
  'contract/contract',
  'regression/server/maxSubscriptions-cannot-be-restored',
  'faults/cuts',
  'faults/restart',
  'faults/flood',
  'architecture/imports',
  'architecture/exportedNames',
  'readme/tables',
  'recipes/testingVitest',
]

module.exports = class SlowestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests)
    const rankOf = ({ path }) => {
      const rank = slowest.findIndex((name) => path.replaceAll('\\', '/').includes(`/test/${name}.test.`))
      return rank === -1 ? slowest.length : rank
    }
    return [...sorted].sort((one, other) => rankOf(one) - rankOf(other))
  }
}
module.exports.slowest = slowest
