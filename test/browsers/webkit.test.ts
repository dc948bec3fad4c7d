import { contractIn } from './contractIn.js'
import { openWebKitPage } from './webkit.js'

contractIn({
  name: 'WebKitGTK',
  userAgent: /^(?!.*Chrom).* AppleWebKit\//,
  open: openWebKitPage,
  differs: [1012, 1013, 1014].map((code) => [
    `the server closes with ${code}: dials again, and is open again`,
    'the close is a broken one, for libsoup knows the codes up to 1011: 1006, not clean, and dialled again all the same',
    `[${code},true,"reconnecting"], got [1006,false,"reconnecting"]`,
  ]),
})
