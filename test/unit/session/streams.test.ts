import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPostsApi, setupQueryStore } from '../query/harness.js'
import { serveSessions } from '../../support/session/fakeSessionServer.js'
import { socketConnect } from '../../../src/index.js'

useFakeTime({ performance: true })

const openStream = async (keeps: boolean) => {
  const api = createPostsApi()
  const store = setupQueryStore(api, { session: {} })
  const server = serveSessions(store.network, { keeps })
  const calls = () => server.taken.map((frame) => JSON.parse(frame as string) as { id: number; method: string })
  const answer = (method: string, result: unknown) =>
    server.push({ jsonrpc: '2.0', id: calls().findLast((call) => call.method === method)!.id, result })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  const { getPosts } = api.endpoints
  void store.run(getPosts.initiate('sea'))
  await advanceTime(1)
  answer('subscribe', 's1')
  answer('getPosts', [{ id: 1, title: 'one' }])
  await advanceTime(20)
  return {
    store,
    server,
    answer,
    calls,
    status: () => store.status(getPosts, 'sea'),
    methods: () => calls().map(({ method }) => method),
    titles: () =>
      getPosts
        .select('sea')(store.app() as never)
        .data?.map(({ title }) => title),
  }
}

describe('a stream of reduplex/query in a session', () => {
  it('stays live over a cut, gets what was pushed meanwhile, and fetches nothing', async () => {
    const { methods, server, status, store, titles } = await openStream(true)
    expect(status()).toBe('live')
    store.network.last.cut()
    await advanceTime(1)
    server.push({
      jsonrpc: '2.0',
      method: '$/push',
      params: { id: 's1', channel: 'posts', data: { id: 2, title: 'two' } },
    })
    expect(status()).toBe('live')
    await advanceTime(200)
    expect([status(), titles(), methods()]).toEqual(['live', ['one', 'two'], ['subscribe', 'getPosts']])
  })

  it.each(['lost', 'kept: false'])('subscribes and fetches again: %s', async (how) => {
    const { answer, methods, server, status, store, titles } = await openStream(how === 'lost')
    if (how === 'lost') server.forget()
    store.network.last.cut()
    await advanceTime(200)
    expect(methods()).toEqual(['subscribe', 'getPosts', 'subscribe'])
    answer('subscribe', 's2')
    await advanceTime(2_000)
    answer('getPosts', [{ id: 3, title: 'three' }])
    await advanceTime(20)
    expect([status(), titles()]).toEqual(['live', ['three']])
  })
})
