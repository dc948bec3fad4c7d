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
  timeZone: v.pipe(v.string(), v.maxLength(64), v.check(isTimeZone, 'Unknown time zone.')),
})

const toTick = (format: Intl.DateTimeFormat): Tick => {
  const at = Date.now()
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const { hour = '', minute = '', second = '', weekday = '', day = '', month = '' } = parts
  return { at, time: `${hour}:${minute}:${second}`, date: `${weekday}, ${day} ${month}` }
}

/** Creates the producer of the channel `time`. One clock runs for each subscription until that ends; `count` is their number. */
export function createClocks(tickInterval = 1000) {
  let running = 0
  const time = method(clockSchema, async ({ timeZone }, { push, signal }: ChannelContext) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'medium' })
    running += 1
    try {
      push(toTick(format))
      // The loop throws when the subscription ends.
      for await (const _ of setInterval(tickInterval, undefined, { signal })) push(toTick(format))
    } finally {
      running -= 1
    }
  })
  return { time, count: () => running }
}
