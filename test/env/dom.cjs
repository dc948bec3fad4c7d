'use strict'
// jsdom as a user has it: no global is added. jsdom 26 has no TextEncoder, TextDecoder, fetch and structuredClone.
module.exports = require('jest-environment-jsdom').default ?? require('jest-environment-jsdom').TestEnvironment
