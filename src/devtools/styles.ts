// The styles of the devtools while they are closed, for their shadow root: colours, and the buttons. Every text colour has a contrast of at least 4.5:1 on its surface.

const tokens = `
.devtools {
  all: initial;
  color-scheme: inherit;
  --surface: light-dark(#ffffff, #181b23);
  --sunken: light-dark(#f1f2f6, #12141b);
  --hover: light-dark(#e9ebf2, #242835);
  --line: light-dark(#dfe2ea, #303545);
  --line-strong: light-dark(#848b9c, #6d7589);
  --text: light-dark(#1b1e28, #e7e9f0);
  --text-soft: light-dark(#565d6e, #a2a9ba);
  --accent: light-dark(#5142cf, #a79fff);
  --accent-fill: light-dark(#5a4bda, #6455e6);
  --accent-tint: light-dark(#eeecfd, #25223f);
  --good: light-dark(#0b6b3f, #5fd39a);
  --good-tint: light-dark(#e1f5ea, #12301f);
  --warn: light-dark(#8a5200, #f2b757);
  --warn-tint: light-dark(#fdf1dc, #362813);
  --bad: light-dark(#b4232f, #ff8f93);
  --bad-tint: light-dark(#fdebec, #3b191d);
  --sans: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
  display: block;
  color: var(--text);
  font: 13px/1.5 var(--sans);
  text-align: left;
  container-type: inline-size;
}
.devtools[data-theme='light'] { color-scheme: light; }
.devtools[data-theme='dark'] { color-scheme: dark; }
.devtools *, .devtools *::before, .devtools *::after { box-sizing: border-box; }
.devtools.is-embedded { height: 100%; }
.devtools.is-floating { position: fixed; inset: auto 0 0; z-index: 2147483000; pointer-events: none; }
.is-floating > * { pointer-events: auto; }
.is-floating > .panel { height: min(560px, 80dvh); border-top: 1px solid var(--line-strong); box-shadow: 0 -6px 24px rgb(10 12 24 / 18%); }
`

const controls = `
p, pre, dl, dd, ol, figure, fieldset { margin: 0; padding: 0; border: 0; }
ol { list-style: none; }
button, select, input[type='search'] {
  min-height: 28px; padding: 2px 10px; border: 1px solid var(--line-strong); border-radius: 6px;
  background: var(--surface); color: var(--text); font: inherit;
}
button { cursor: pointer; font-weight: 550; }
button:hover { background: var(--hover); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.opener { margin: 0 12px 12px; box-shadow: 0 4px 14px rgb(10 12 24 / 22%); }
.note, .count, .missed, .loading { color: var(--text-soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.problem { color: var(--bad); }
.problem:empty { display: none; }
.failure { padding: 12px; background: var(--surface); }
`

/** One style sheet. */
export const styles: string = tokens + controls
