/** @jest-environment ./test/env/dom.cjs */
import { major } from '../../support/react18.js'
import { describeHooks } from './hooks.suite.js'

describeHooks(major)
