import { contractIn } from './contractIn.js'
import { openWebKitPage } from './webkit.js'

contractIn({
  name: 'WebKitGTK',
  userAgent: /^(?!.*Chrom).* AppleWebKit\//,
  open: openWebKitPage,
  differs: [1012, 1013, 1014].map((code) => [
    `the server closes with ${code}: reconnects`,
    'libsoup knows the codes up to 1011, so the close is broken: 1006, not clean, and reconnects',
    `[${code},true,"reconnecting"], got [1006,false,"reconnecting"]`,
  ]),
})
