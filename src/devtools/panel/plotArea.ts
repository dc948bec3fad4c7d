// The timeline and the charts share the place of their time axis, so that a moment of a chart is below the same moment of the timeline.

/** The space of the vertical axis, in pixels. */
export const PLOT_LEFT = 52

/** The space that half of the last time label needs, in pixels. */
export const PLOT_RIGHT = 26

const SECOND = 1_000

/** In milliseconds. Each divides an hour: the labels are round in every time zone. */
const TICK_STEPS = [5, 10, 15, 20, 30, 60, 120, 300, 600].map((seconds) => seconds * SECOND)

/** The space of one time label, in pixels. */
const TICK_SPACE = 80

/** The moments of the time labels of a range that is `width` pixels wide. */
export const timeTicks = (from: number, to: number, width: number): readonly number[] => {
  const smallest = ((to - from) / Math.max(width, 1)) * TICK_SPACE
  const step = TICK_STEPS.find((one) => one >= smallest) ?? TICK_STEPS.at(-1)!
  const ticks: number[] = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at)
  return ticks
}
