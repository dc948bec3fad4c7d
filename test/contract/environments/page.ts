import { servePage } from './servePage.js'

servePage()
