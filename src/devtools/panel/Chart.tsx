import { useEffect, useRef, useState } from 'react'
import type uPlot from 'uplot'
import { viewOf } from '../viewOf.js'
import { toSeconds } from './format.js'
import { PLOT_LEFT, PLOT_RIGHT } from './plotArea.js'

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string
  /** The name of its colour in the styles. */
  readonly color: 'received' | 'sent' | 'dropped' | 'latency' | 'queued'
  readonly values: (number | null)[]
}

interface ChartProps {
  readonly title: string
  readonly times: number[]
  readonly series: readonly ChartSeries[]
  readonly from: number
  readonly to: number
  readonly format: (value: number) => string
}

/** In pixels. */
const HEIGHT = 92
const FONT = '11px system-ui, sans-serif'

/** Whole numbers: the labels of 0.5 and 1 bytes would be the same. */
const INCREMENTS = /* @__PURE__ */ Array.from({ length: 10 }, (_none, power) =>
  [1, 2, 5].map((one) => one * 10 ** power),
).flat()

type Plot = typeof uPlot

/** Loads the chart library; not at import, because it reads the screen then. `undefined` when it is not installed. */
const loadPlot = async (): Promise<Plot | undefined> => {
  try {
    const loaded = (await import('uplot')) as unknown as { readonly default: Plot & { readonly default?: Plot } }
    return loaded.default.default ?? loaded.default
  } catch {
    return undefined
  }
}

const colorOf = (figure: HTMLElement, name: string): string => {
  const swatch = figure.querySelector(`.swatch-${name}`) ?? figure
  return viewOf(figure).getComputedStyle(swatch).color
}

/** Reads the colours at each draw: they change with the theme. */
const toOptions = (
  figure: HTMLElement,
  { series, format }: ChartProps,
  range: () => [number, number],
): uPlot.Options => {
  const axis = { stroke: () => colorOf(figure, 'axis'), font: FONT, ticks: { show: false } }
  const grid = { stroke: () => colorOf(figure, 'grid'), width: 1 }
  return {
    width: figure.clientWidth,
    height: HEIGHT,
    ms: 1,
    padding: [6, PLOT_RIGHT, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'reduplex-devtools' }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: true, range },
      y: { range: (_plot, _min, max) => [0, Math.max(max, 1) * 1.1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 70, values: (_plot, splits) => splits.map(toSeconds) },
      { ...axis, grid, size: PLOT_LEFT, space: 24, incrs: INCREMENTS, values: (_plot, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...series.map(({ label, color }) => ({
        label,
        stroke: () => colorOf(figure, color),
        width: 1.5,
        points: { show: false },
      })),
    ],
  }
}

const draw = (plot: uPlot, { times, series }: ChartProps): void =>
  plot.setData([times, ...series.map(({ values }) => values)], true)

/** Draws the chart into a figure while it is mounted. Returns whether the library could not be loaded. */
const usePlot = (figure: { readonly current: HTMLElement | null }, props: ChartProps): boolean => {
  const [isMissing, setIsMissing] = useState(false)
  const latest = useRef(props)
  const plot = useRef<uPlot>(undefined)
  useEffect(() => {
    latest.current = props
    if (plot.current) draw(plot.current, props)
  })
  useEffect(() => {
    const element = figure.current!
    const { ResizeObserver } = viewOf(element)
    let isMounted = true
    let observer: ResizeObserver | undefined
    void loadPlot().then((Plot) => {
      if (!isMounted) return
      if (!Plot) return setIsMissing(true)
      const range = (): [number, number] => [latest.current.from, latest.current.to]
      const created = new Plot(toOptions(element, latest.current, range), undefined, element)
      plot.current = created
      observer = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height: HEIGHT }))
      observer.observe(element)
      draw(created, latest.current)
    })
    return () => {
      isMounted = false
      observer?.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [figure])
  return isMissing
}

const lastOf = (values: readonly (number | null)[]): number | null => values.at(-1) ?? null

/** A line chart over time. Its caption names the lines and their newest values. */
export const Chart = (props: ChartProps) => {
  const { title, series, format } = props
  const canvas = useRef<HTMLDivElement>(null)
  const isMissing = usePlot(canvas, props)
  const values = series.map(({ label, color, values: all }) => {
    const last = lastOf(all)
    return { label, color, text: last === null ? '–' : format(last) }
  })
  const summary = values.map(({ label, text }) => `${label} ${text}`).join(', ')
  return (
    <figure className="chart">
      <figcaption>
        <b>{title}</b>
        {values.map(({ label, color, text }) => (
          <span key={label} className="series">
            <span className={`dot swatch-${color}`} aria-hidden="true" />
            {label} <span className="value">{text}</span>
          </span>
        ))}
      </figcaption>
      <div ref={canvas} className="plot" role="img" aria-label={`${title}: ${summary}`}>
        <span className="swatch-axis" />
        <span className="swatch-grid" />
        {series.map(({ color }) => (
          <span key={color} className={`swatch-${color}`} />
        ))}
      </div>
      {isMissing && <p className="note">Install the package uplot to see the charts.</p>}
    </figure>
  )
}
