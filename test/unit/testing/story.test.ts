import { describeStory } from './story.suite.js'

describeStory('Node')
