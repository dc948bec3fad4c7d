'use strict'
// jsdom plus the web globals that browsers and Node have but jsdom 26 lacks. They come from Node's own realm, so that
// `instanceof ArrayBuffer` holds for buffers made on either side (mock-socket, ws).
// Not MessageChannel: React's scheduler would hold a real MessagePort open and jest would never exit.
const { TestEnvironment } = require('jest-environment-jsdom')

const fromNode = [
  'ArrayBuffer',
  'Uint8Array',
  'DataView',
  'TextEncoder',
  'TextDecoder',
  'structuredClone',
  'BroadcastChannel',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'CompressionStream',
  'DecompressionStream',
  'fetch',
  'Request',
  'Response',
  'Headers',
]

module.exports = class DomEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    for (const name of fromNode) {
      if (name in globalThis) this.global[name] = globalThis[name]
    }
  }
}
