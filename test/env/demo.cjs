'use strict'
// Node, and one host process for each Jest worker (test/demo/support/host.program.mjs), which runs Chromium and starts demo servers. Jest
// loads this module once per worker, so the test files of a worker share the host; the first of them starts it.
const { spawn } = require('node:child_process')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { TestEnvironment } = require('jest-environment-node')

const startHost = async () => {
  const program = path.join(__dirname, '../demo/support/host.program.mjs')
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    // The host ends when the worker does, because that closes its stdin. It must not keep the worker alive.
    for (const handle of [child, child.stdin, child.stdout]) handle.unref()
    return JSON.parse(line)
  }
  throw new Error('The demo host ended before it was ready. Its output is above.')
}

let host

module.exports = class DemoEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    host ??= startHost()
    this.global.demoHost = await host
  }
}
