/** @jest-environment ./test/env/dom.cjs */
import { describeHooks } from './hooks.suite.js'

describeHooks('19')
