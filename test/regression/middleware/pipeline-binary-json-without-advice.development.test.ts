import { expect, it } from '@jest/globals'
import { createSocketMiddleware, json, socketError } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// The error named binaryFeature only; a server that sends JSON in binary frames needs json({ binary: true }).

useFakeTime()

it.each([
  ['the default codec', {}],
  ['json()', { codec: json() }],
])('a binary frame under %s is an error that names both ways out', async (_codec, options) => {
  const store = await setupOpenStore({ create: createSocketMiddleware, ...options })
  store.network.last.sendRaw(new TextEncoder().encode('{"a":1}').buffer)
  expect(store.recorder.of(socketError)[0]?.payload).toMatchObject({
    code: 'missing_feature',
    message: expect.stringMatching(/binaryFeature.*json\(\{ binary: true \}\)/),
  })
})
