const clock = /* @__PURE__ */ new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const day = /* @__PURE__ */ new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const count = /* @__PURE__ */ new Intl.NumberFormat('en')
const compact = /* @__PURE__ */ new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** 14:03:07.250 */
export const toTime = (at: number): string => clock.format(at)

/** 14:03:07 */
export const toSeconds = (at: number): string => clock.format(at).slice(0, 8)

/** 29 Nov 2026, 14:03:07 */
export const toDay = (at: number): string => day.format(at)

/** 10,000 */
export const toCount = (value: number): string => count.format(value)

/** 1.2K */
export const toCompact = (value: number): string => compact.format(value)

/** 1 row, 2 rows */
export const toPlural = (value: number, noun: string): string => `${toCount(value)} ${noun}${value === 1 ? '' : 's'}`

/** 512 B, 1.5 kB, 2.0 MB */
export const toBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** 8 s, 2 min 5 s */
export const toDuration = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000))
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Indents JSON. Returns any other text unchanged. */
export const toPrettyJson = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text) as unknown, null, 2)
  } catch {
    return text
  }
}
