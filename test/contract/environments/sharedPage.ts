import { createSharedWebSocket } from '../../../src/tabs/index.js'
import { servePage } from './servePage.js'

servePage(createSharedWebSocket())
