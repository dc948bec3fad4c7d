import { expect, it } from '@jest/globals'
import { openBundledPage } from '../../support/chromium.js'
import { startEchoServer } from '../../support/echoServer.js'

it.each(['navigates away', 'is closed'])(
  'the last message of a protocol arrives when its page %s',
  async (how) => {
    await using server = await startEchoServer()
    await using bundled = await openBundledPage('test/integration/lastMessage/page.ts')
    await bundled.reload()
    expect(await bundled.call('open', server.url)).toBe('open')
    if (how === 'is closed') await bundled.page.close()
    else await bundled.page.goto('about:blank')
    await server.until(({ connections }) => connections[0]!.ended !== null)
    expect([server.received, server.connections[0]!.ended?.code]).toEqual([['{"bye":true}'], 1001])
  },
  60_000,
)
