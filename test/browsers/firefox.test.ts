import { contractIn } from './contractIn.js'
import { openFirefoxPage } from './firefox.js'

contractIn({ name: 'Firefox', userAgent: / Gecko\/\d+ Firefox\//, open: openFirefoxPage })
