// The styles of the panel. They are loaded with it.

const controls = `
button.is-on { border-color: var(--accent); background: var(--accent-tint); color: var(--accent); }
.button-main { border-color: transparent; background: var(--accent-fill); color: #ffffff; }
.button-main:hover { background: var(--accent-fill); filter: brightness(0.9); }
.choice { display: inline-flex; flex: none; border-radius: 6px; background: var(--sunken); border: 1px solid var(--line); }
.choice label { position: relative; }
.choice input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: 2px 9px; border-radius: 5px; color: var(--text-soft); white-space: nowrap; }
.choice input:checked + span { background: var(--surface); color: var(--accent); font-weight: 600; box-shadow: 0 0 0 1px var(--line-strong); }
.choice input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 1px; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.missed { color: var(--accent); font-weight: 600; }
.empty { display: grid; flex: 1; place-items: center; min-height: 120px; color: var(--text-soft); }
`

const layout = `
.panel { display: flex; flex-direction: column; gap: 8px; height: 100%; min-height: 0; padding: 0 12px 10px; overflow: auto; background: var(--surface); }
.panel > .choice { align-self: flex-start; }
.head, .playback { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; }
.head { position: sticky; top: 0; z-index: 1; padding: 10px 0 2px; background: var(--surface); }
.head-buttons { display: inline-flex; flex-wrap: wrap; gap: 6px; margin-left: auto; }
.status { padding: 1px 9px; border-radius: 99px; font-size: 12px; font-weight: 600; background: var(--tint, var(--sunken)); color: var(--tone, var(--text-soft)); }
.playback { padding: 6px 8px; border-radius: 6px; background: var(--sunken); }
.playback input[type='range'] { flex: 1 1 160px; accent-color: var(--accent-fill); }
.phase-open { --tone: var(--good); --tint: var(--good-tint); }
.phase-connecting, .phase-closing, .phase-reconnecting { --tone: var(--warn); --tint: var(--warn-tint); }
.phase-failed { --tone: var(--bad); --tint: var(--bad-tint); }
.timeline { flex: none; height: 98px; overflow: hidden; }
.timeline svg { display: block; }
.timeline text { font: 600 11px var(--sans); fill: var(--tone, var(--text-soft)); }
.phase rect { fill: var(--tint, var(--sunken)); stroke: var(--tone, var(--line-strong)); stroke-opacity: 0.35; }
.density { fill: var(--accent); opacity: 0.75; }
.density-dropped { fill: var(--bad); }
.attempt { stroke: var(--text-soft); stroke-width: 1.5; }
.mark-of { --tone: var(--text-soft); }
.mark-of.is-warning { --tone: var(--warn); }
.mark-of.is-error { --tone: var(--bad); }
.mark-of circle { fill: var(--tone); }
.mark-of text, .tick text { text-anchor: middle; }
.tick text { font-weight: 400; }
.tick line { stroke: var(--line); }
.charts { display: grid; flex: none; grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr)); gap: 4px 14px; }
.chart { min-width: 0; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 0 10px; font-size: 12px; }
.series { color: var(--text-soft); }
.value { display: inline-block; min-width: 3.5em; color: var(--text); font-variant-numeric: tabular-nums; }
.dot { display: inline-block; width: 8px; height: 8px; margin-right: 3px; border-radius: 50%; background: currentcolor; }
.swatch-received, .swatch-latency { color: var(--good); }
.swatch-sent { color: var(--accent); }
.swatch-dropped { color: var(--bad); }
.swatch-queued { color: var(--warn); }
.swatch-axis { color: var(--text-soft); }
.swatch-grid { color: var(--line); }
.plot { position: relative; height: 92px; overflow: hidden; }
.plot > span { position: absolute; }
.uplot, .u-wrap { position: relative; }
.u-over, .u-under, .u-axis, .u-cursor-x, .u-cursor-pt { position: absolute; }
.u-cursor-x, .u-cursor-pt { top: 0; left: 0; pointer-events: none; }
.u-cursor-x { height: 100%; border-right: 1px dashed var(--line-strong); }
.u-cursor-y, .u-select, .u-off { display: none; }
.uplot canvas { display: block; width: 100%; height: 100%; }
@container (max-width: 560px) {
  .is-floating > .panel { height: min(720px, 86dvh); }
  .head-buttons { order: 1; flex: 1 0 100%; margin-left: 0; }
  .close { margin-left: auto; }
}
`

const log = `
.log { display: flex; flex: 1; flex-direction: column; gap: 6px; }
.log-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
.log-tools input { flex: 1 1 120px; min-width: 0; }
.log-buttons { display: inline-flex; align-items: center; gap: 6px; margin-left: auto; }
.log-frame { position: relative; flex: 1; min-height: 160px; border: 1px solid var(--line); border-radius: 6px; }
.log-scroller { position: absolute; inset: 0; overflow: auto; overscroll-behavior: contain; overflow-anchor: none; }
.log-content { position: relative; }
.log-row { position: absolute; inset: 0 0 auto; border-bottom: 1px solid var(--line); border-left: 3px solid transparent; }
.log-row.is-good { border-left-color: var(--good); }
.log-row.is-warning { border-left-color: var(--warn); background: var(--warn-tint); }
.log-row.is-error { border-left-color: var(--bad); background: var(--bad-tint); }
.log-line { display: flex; align-items: center; gap: 8px; height: 30px; padding: 2px 10px; }
.log-line time, .changes time { flex: none; color: var(--text-soft); font: 12px var(--mono); }
.log-sign { flex: none; width: 1.1em; color: var(--text-soft); font-weight: 700; text-align: center; }
.log-sent .log-sign { color: var(--accent); }
.log-received .log-sign { color: var(--good); }
.log-text { flex: 1; min-width: 0; min-height: 0; padding: 2px 4px; overflow: hidden; border: 0; background: none; font: 12px/1.5 var(--mono); text-align: left; text-overflow: ellipsis; white-space: nowrap; }
.log-text:focus-visible { outline-offset: -2px; }
.is-good .log-text b { color: var(--good); }
.is-warning .log-text b { color: var(--warn); }
.is-error .log-text b { color: var(--bad); }
.log-size { flex: none; min-width: 4.5em; color: var(--text-soft); font-size: 12px; font-variant-numeric: tabular-nums; text-align: right; }
.mark { flex: none; padding: 0 7px; border-radius: 99px; background: var(--good-tint); color: var(--good); font-size: 11px; font-weight: 600; }
.mark-queued { background: var(--surface); color: var(--warn); }
.mark-dropped { background: var(--surface); color: var(--bad); }
.log-detail { max-height: 360px; padding: 8px 12px; overflow: auto; background: var(--sunken); }
pre { font: 12px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: inherit; }
.copy { float: right; }
.to-newest { position: absolute; right: 18px; bottom: 12px; box-shadow: 0 4px 14px rgb(10 12 24 / 22%); }
.json-key { color: var(--accent); }
.json-string { color: var(--good); }
.json-literal { color: var(--warn); }
.state { display: grid; flex: 1; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 8px; min-height: 200px; overflow: auto; }
.state-now, .state-changes { min-width: 0; overflow: auto; border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px; }
.member { display: block; padding-left: 4ch; text-indent: -2ch; }
.changed { background: var(--accent-tint); }
.changes li { display: flex; gap: 10px; padding: 4px 0; border-bottom: 1px solid var(--line); }
.changes dl { min-width: 0; }
.changes dl > div { display: flex; flex-wrap: wrap; gap: 0 8px; font: 12px/1.5 var(--mono); }
.changes dt { color: var(--accent); }
.changes dd { overflow-wrap: anywhere; }
.changes del { color: var(--bad); text-decoration: none; }
.changes ins { color: var(--good); text-decoration: none; }
@container (max-width: 560px) {
  .log-line { flex-wrap: wrap; height: auto; min-height: 30px; gap: 0 8px; padding: 4px 10px; }
  .log-text { order: 1; flex: 1 0 100%; }
  .log-size { min-width: 0; margin-left: auto; }
  .state { grid-auto-rows: max-content; }
  .log-frame { min-height: 200px; }
}
`

/** One style sheet. */
export const panelStyles: string = controls + layout + log
