/** @jest-environment ./test/env/dom.cjs */
import { describeStory } from './story.suite.js'

describeStory('jsdom')
