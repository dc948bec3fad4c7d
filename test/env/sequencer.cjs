'use strict'
// Jest starts the test files of a clean clone by size. The slowest begin first here: one that began last would keep one core busy at the end.
const Sequencer = require('@jest/test-sequencer').default

/** The slowest test files, the slowest first. The second does not need the packed library, which the first packs for all. */
const slowest = [
  'package/types',
  'demo/axe',
  'guides/guides',
  'demo/livePosts',
  'integration/tabs/sessions',
  'examples/examples',
  'demo/scenarios',
  'docs/site',
  'demo/pictures',
  'readme/readme',
  'integration/session/bothEnds',
  'contract/chromium',
  'demo/sessions',
  'demo/rtkQuery',
  'demo/layout',
  'demo/accessibility',
  'demo/log',
  'demo/faultSwitches',
  'demo/demoProcess',
  'demo/inspector',
  'demo/remoteFunctions',
  'integration/tabs/chromium',
  'package/package',
  'package/testing',
  'demo/serverTime',
  'demo/tabs',
  'server/conformance/conformance',
  'readme/tables',
  'faults/restart',
  'integration/devtools/chromium',
  'integration/tabs/fallback',
  'server/redis/history',
  'server/session/model/storeModel',
  'server/redis/sessionsTopology',
  'integration/session/outbox',
  'architecture/imports',
  'architecture/exportedNames',
  'architecture/docstrings',
  'recipes/testingVitest',
  'recipes/devProxy',
  'package/chromium',
  'package/oldTools',
  'package/absent',
  'contract/contract',
  'unit/tabs/session/model',
  'unit/features/heartbeatProof',
  'faults/cuts',
  'faults/flood',
  'regression/server/maxSubscriptions-cannot-be-restored',
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
