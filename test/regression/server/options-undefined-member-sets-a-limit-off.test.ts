import { describe, expect, it } from '@jest/globals'
import { createPace } from '../../../src/server/connection/pace.js'
import { createTokenBucket } from '../../../src/server/connection/tokenBucket.js'
import { resolveLimits } from '../../../src/server/limits.js'
import { checkServerOptions } from '../../../src/server/optionChecks.js'
import { connectClient, startServer } from '../../server/support.js'

// `rate: { perSecond: 10, burst: undefined }` let 5000 messages pass at once: the member replaced the default, and NaN tokens never ran out.

const limitsOf = (options: object) => resolveLimits(checkServerOptions({ noServer: true, ...options }, []))

const undefinedMembers = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]))

describe('an option with a member that is undefined', () => {
  it.each([
    ['rate', undefinedMembers('perSecond', 'burst', 'bytesPerSecond', 'bytesBurst', 'patience')],
    ['connectionRate', undefinedMembers('perSecond', 'burst')],
    ['ping', undefinedMembers('request', 'reply')],
  ])('%s has its defaults', (name, members) => {
    expect(limitsOf({ [name]: members })).toEqual(limitsOf({}))
  })

  it('keeps the members that are given', () => {
    expect(limitsOf({ rate: { perSecond: 7, burst: undefined } }).rate).toEqual({ ...limitsOf({}).rate, perSecond: 7 })
  })

  it('takes members that are inherited', () => {
    const rate = Object.create({ perSecond: 7, burst: undefined }) as object
    expect(limitsOf({ rate }).rate).toMatchObject({ perSecond: 7, burst: 2000 })
  })

  it('passes none on to ws', () => {
    const perMessageDeflate = { threshold: undefined, zlibDeflateOptions: { level: undefined, memLevel: 7 } }
    const options = checkServerOptions({ noServer: true, host: undefined, perMessageDeflate }, [])
    expect(options).toStrictEqual({ noServer: true, perMessageDeflate: { zlibDeflateOptions: { memLevel: 7 } } })
  })

  it('limits a connection', async () => {
    await using running = await startServer({
      rate: { perSecond: 0.001, burst: 3, bytesBurst: undefined as never, patience: 20 },
    })
    const { client } = await connectClient(running)
    for (let number = 0; number < 4; number++) client.send(number)
    expect((await client.closed).code).toBe(4429)
  })
})

describe('a limit that is NaN', () => {
  it.each([
    ['perSecond', { perSecond: NaN }],
    ['burst', { burst: NaN }],
    ['bytesPerSecond', { bytesPerSecond: NaN }],
    ['bytesBurst', { bytesBurst: NaN }],
  ])('lets no frame pass for ever: %s', (_name, part) => {
    const pace = createPace({ perSecond: 1, burst: 2, bytesPerSecond: 1, bytesBurst: 2, patience: 0, ...part })
    const delays = [1, 1, 1].map((size) => pace.take(size))
    expect(delays.at(-1)).toBeGreaterThan(0)
  })

  it('takes no token', () => {
    expect(createTokenBucket(1, NaN).take()).toBe(false)
    const bucket = createTokenBucket(NaN, 1)
    expect([bucket.take(), bucket.take()]).toEqual([true, false])
  })
})
