const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const count = new Intl.NumberFormat('en')

/** 14:03:07.250 */
export const formatTime = (at: number): string => clock.format(at)

/** 10,000 */
export const formatCount = (value: number): string => count.format(value)

/** 1 row, 2 rows */
export const formatPlural = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`

/** 512 B, 1.5 kB, 2.0 MB */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Seconds with one decimal, rounded up: 0.0 appears only when the time is over. */
export const formatCountdown = (milliseconds: number): string =>
  (Math.ceil(Math.max(0, milliseconds) / 100) / 10).toFixed(1)

/** 3 s, 4 min 10 s, 2 h 5 min */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
