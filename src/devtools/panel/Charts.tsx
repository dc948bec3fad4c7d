import { memo } from 'react'
import { Chart } from './Chart.js'
import type { Columns } from './columns.js'
import { toBytes, toCompact } from './format.js'

interface ChartsProps {
  readonly columns: Columns
  readonly from: number
  readonly to: number
}

const toLatency = (value: number): string =>
  value < 1_000 ? `${toCompact(value)} ms` : `${toCompact(value / 1_000)} s`

/** Messages and bytes a second, the queue, and the latency. */
export const Charts = memo(function Charts({ columns, from, to }: ChartsProps) {
  const { times } = columns
  const shared = { times, from, to }
  return (
    <div className="charts">
      <Chart
        title="Messages/s"
        format={toCompact}
        series={[
          { label: 'received', color: 'received', values: columns.received },
          { label: 'sent', color: 'sent', values: columns.sent },
        ]}
        {...shared}
      />
      <Chart
        title="Bytes/s"
        format={toBytes}
        series={[
          { label: 'received', color: 'received', values: columns.receivedBytes },
          { label: 'sent', color: 'sent', values: columns.sentBytes },
        ]}
        {...shared}
      />
      <Chart
        title="Queue"
        format={toCompact}
        series={[
          { label: 'waiting', color: 'queued', values: columns.queued },
          { label: 'dropped', color: 'dropped', values: columns.dropped },
        ]}
        {...shared}
      />
      <Chart
        title="Latency"
        format={toLatency}
        series={[{ label: 'heartbeat', color: 'latency', values: columns.latency }]}
        {...shared}
      />
    </div>
  )
})
