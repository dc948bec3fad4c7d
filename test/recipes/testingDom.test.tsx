/** @jest-environment ./test/env/dom.cjs */
import { describe } from '@jest/globals'
import { runFile } from './pageFiles.js'

describe('the component test of docs/testing.md', () => void runFile('docs/testing.md', 'component.test.tsx'))
