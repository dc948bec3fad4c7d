import { memo, useRef } from 'react'
import type { ConnectionRecording, TimelineMark } from '../types.js'
import type { Columns } from './columns.js'
import { toDuration, toPlural, toSeconds, toTime } from './format.js'
import { PLOT_LEFT, PLOT_RIGHT, timeTicks } from './plotArea.js'
import { useSize } from './useSize.js'

interface TimelineProps {
  readonly recording: ConnectionRecording
  readonly columns: Columns
  readonly from: number
  readonly to: number
}

/** A function from a time to a horizontal position in pixels. */
type ToX = (at: number) => number

const HEIGHT = 98
/** Where each lane starts and how high it is. */
const lanes = { phases: [2, 20], density: [26, 32], marks: [60, 22], ticks: [82, 16] } as const
/** The space that a label of a mark needs. */
const LABEL_WIDTH = 34

const Phases = ({ recording: { phases }, from, to, toX }: Omit<TimelineProps, 'columns'> & { readonly toX: ToX }) => {
  const [y, height] = lanes.phases
  return phases.map(({ at, phase }, index) => {
    const end = phases[index + 1]?.at ?? to
    if (end < from || at > to) return null
    const x = toX(Math.max(at, from))
    const width = Math.max(1, toX(end) - x)
    return (
      // Two changes may have the same time.
      // oxlint-disable-next-line react/no-array-index-key
      <g key={`${at} ${index}`} className={`phase phase-${phase}`}>
        <rect x={x} y={y} width={width} height={height} rx={3}>
          <title>{`${phase}, ${toTime(at)}, ${toDuration(end - at)}`}</title>
        </rect>
        {width > phase.length * 7 + 8 && (
          <text x={x + 6} y={y + 14}>
            {phase}
          </text>
        )}
      </g>
    )
  })
}

/** One bar a second: messages in both directions, and dropped sends above them. */
const Density = ({ columns, toX }: { readonly columns: Columns; readonly toX: ToX }) => {
  const [y, height] = lanes.density
  const totals = columns.times.map((_at, index) => (columns.received[index] ?? 0) + (columns.sent[index] ?? 0))
  const largest = Math.max(1, ...totals)
  const width = Math.max(1, toX(1_000) - toX(0) - 1)
  // The root keeps a single message visible beside thousands.
  const heightOf = (count: number) => Math.max(2, Math.sqrt(count / largest) * height)
  return columns.times.map((at, index) => {
    const total = totals[index] ?? 0
    const dropped = columns.dropped[index] ?? 0
    if (!total && !dropped) return null
    const high = total ? heightOf(total) : 0
    return (
      <g key={at}>
        <rect className="density" x={toX(at)} y={y + height - high} width={width} height={high} />
        {dropped > 0 && <rect className="density-dropped" x={toX(at)} y={y} width={width} height={5} />}
      </g>
    )
  })
}

/** Attempts as ticks; closes, errors and drops as dots, with their labels where there is room. */
const Marks = ({ marks, toX }: { readonly marks: readonly TimelineMark[]; readonly toX: ToX }) => {
  const [y] = lanes.marks
  let labelledUntil = -Infinity
  return marks.map(({ at, kind, label, severity }, index) => {
    const x = toX(at)
    const key = `${at} ${index}`
    if (kind === 'attempt') return <line key={key} className="attempt" x1={x} x2={x} y1={y - 2} y2={y + 5} />
    const hasLabel = kind === 'close' && x > labelledUntil
    if (hasLabel) labelledUntil = x + LABEL_WIDTH
    return (
      <g key={key} className={`mark-of mark-${kind} is-${severity}`}>
        <circle cx={x} cy={y + 2} r={3}>
          <title>{`${kind} ${label}, ${toTime(at)}`}</title>
        </circle>
        {hasLabel && (
          <text x={x} y={y + 17}>
            {label}
          </text>
        )}
      </g>
    )
  })
}

const Ticks = ({ times, toX }: { readonly times: readonly number[]; readonly toX: ToX }) => {
  const [y, height] = lanes.ticks
  return times.map((at) => (
    <g key={at} className="tick">
      <line x1={toX(at)} x2={toX(at)} y1={0} y2={y} />
      <text x={toX(at)} y={y + height - 4}>
        {toSeconds(at)}
      </text>
    </g>
  ))
}

const summaryOf = (recording: ConnectionRecording, marks: readonly TimelineMark[], range: number): string => {
  const codes = marks.filter(({ kind }) => kind === 'close').map(({ label }) => label)
  const attempts = marks.filter(({ kind }) => kind === 'attempt').length
  return [
    `Timeline of the last ${toDuration(range)}: ${recording.phases.at(-1)?.phase ?? 'no phase'}`,
    toPlural(attempts, 'attempt'),
    `${toPlural(codes.length, 'close')}${codes.length ? ` (${codes.slice(-5).join(', ')})` : ''}`,
  ].join(', ')
}

/** The phases as bars, messages as density, and the moments that matter. */
export const Timeline = memo(function Timeline({ recording, columns, from, to }: TimelineProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [width] = useSize(frame)
  const plotWidth = Math.max(0, width - PLOT_LEFT - PLOT_RIGHT)
  const toX: ToX = (at) => PLOT_LEFT + ((at - from) / (to - from)) * plotWidth
  const marks = recording.marks.filter(({ at }) => at >= from && at <= to)
  return (
    <div ref={frame} className="timeline">
      <svg width={width} height={HEIGHT} role="img" aria-label={summaryOf(recording, marks, to - from)}>
        <Ticks times={timeTicks(from, to, plotWidth)} toX={toX} />
        <Phases recording={recording} from={from} to={to} toX={toX} />
        <Density columns={columns} toX={toX} />
        <Marks marks={marks} toX={toX} />
      </svg>
    </div>
  )
})
