import { contractIn } from '../browsers/contractIn.js'
import { openBundledPage } from '../support/chromium.js'

contractIn({ name: 'Chromium', userAgent: / (Headless)?Chrome\//, open: openBundledPage })
