import { describe, expect, it } from '@jest/globals'
import type { Link } from '../../../src/connection/hooks.js'
import { createValueSender } from '../../../src/features/valueSender.js'

// The third value was sent before the first, because the sender waited only for the value before it.
describe('a sender of values whose codec is asynchronous', () => {
  it('keeps the order of the others when one cannot be encoded', async () => {
    const sent: unknown[] = []
    let finish = (_frame: string) => {}
    const first = new Promise<string>((resolve) => (finish = resolve))
    const frames = new Map<unknown, string | Promise<string>>([
      ['first', first],
      ['second', Promise.reject(new Error('cannot be encoded'))],
      ['third', 'third frame'],
    ])
    const { send, sending } = createValueSender(
      { send: (frame: unknown) => void sent.push(frame) } as Partial<Link> as Link,
      (value) => frames.get(value)!,
    )
    void send('first')
    void send('second')
    void send('third')
    // Long enough for a sender that does not wait.
    for (let n = 0; n < 10; n++) await Promise.resolve() // oxlint-disable-line no-await-in-loop
    expect(sent).toEqual([])
    finish('first frame')
    const results = await Promise.allSettled(sending)
    expect(sent).toEqual(['first frame', 'third frame'])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
