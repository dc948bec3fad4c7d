import { major } from '../../support/react18.js'
import { describeServerRendering } from './serverRendering.suite.js'

describeServerRendering(major)
