import { expect, it } from '@jest/globals'
import { startOnHttp, startServer } from '../../server/support.js'

// `{ port }` served every path and `{ server }` only `/ws`: a client that had worked got 404 when the socket server moved to the port of an HTTP server.

it.each(['/', '/ws', '/chat/1?token=a'])(
  'a server on the port of an HTTP server serves the same paths: %s',
  async (path) => {
    await using own = await startServer()
    await using onHttp = await startOnHttp()
    await expect(own.connect(path)).resolves.toBeDefined()
    await expect(onHttp.connect(path)).resolves.toBeDefined()
  },
)
