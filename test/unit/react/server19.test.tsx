import { describeServerRendering } from './serverRendering.suite.js'

describeServerRendering('19')
