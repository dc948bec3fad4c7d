import { contractIn } from '../browsers/contractIn.js'
import { openBundledPage } from '../support/chromium.js'

contractIn({
  name: 'Chromium, with the socket that tabs share',
  userAgent: / (Headless)?Chrome\//,
  open: openBundledPage,
  entry: 'test/contract/environments/sharedPage.ts',
})
