import { setInterval } from 'node:timers/promises'
import * as v from 'valibot'
import { method, type ChannelContext } from '../../src/server/index.js'
import type { Tick } from '../src/functions/channels.js'

const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const clockSchema = v.strictObject({
  timeZone: v.pipe(v.string(), v.maxLength(64), v.check(isTimeZone, 'There is no such time zone.')),
})

const SECOND = 1000

/** The producer of the channel `time`, and how many of it run: one for each subscription, until that ends. */
export function createClocks() {
  let running = 0
  const time = method(clockSchema, async ({ timeZone }, { push, signal }: ChannelContext) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'medium' })
    const pushNow = () => {
      const at = Date.now()
      const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
      const { hour = '', minute = '', second = '', weekday = '', day = '', month = '' } = parts
      push({ at, time: `${hour}:${minute}:${second}`, date: `${weekday}, ${day} ${month}` } satisfies Tick)
    }
    running += 1
    try {
      pushNow()
      // Ends by throwing, once the subscription has ended.
      for await (const _ of setInterval(SECOND, undefined, { signal })) pushNow()
    } finally {
      running -= 1
    }
  })
  return { time, count: () => running }
}
