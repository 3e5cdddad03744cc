/** The one style sheet of the report: system fonts, light and dark, screen and paper. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fcfcfb; --panel: #fff; --ink: #1b2126; --soft: #586571; --line: #dfe3e6; --faint: #f1f3f4;
  --accent: #1d6a86; --accent-2: #9cc6d6; --good: #23734a; --bad: #b0342a; --doubt: #8a5d00; --busy: #3d5aa8; --idle: #596570;
  --good-bg: #e5f3ea; --bad-bg: #fbe9e7; --doubt-bg: #fbf1d9; --busy-bg: #e8edf9; --idle-bg: #eceff1;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media screen and (prefers-color-scheme: dark) {
  :root { --bg: #14181b; --panel: #1b2024; --ink: #e4e8eb; --soft: #9daab5; --line: #313a41; --faint: #22292e;
    --accent: #6db9d3; --accent-2: #2b5666; --good: #6cc495; --bad: #f08b80; --doubt: #e2b352; --busy: #93abeb; --idle: #9daab5;
    --good-bg: #1b3527; --bad-bg: #43211e; --doubt-bg: #3b2f14; --busy-bg: #232d49; --idle-bg: #2a3238; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35rem; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 3rem 0 .8rem; font-weight: 650; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; font-weight: 650; }
h4 { font-size: .875rem; margin: 1.3rem 0 .4rem; font-weight: 650; }
p { margin: .3rem 0 .8rem; max-width: 48rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code, .path, tbody th.path { font-family: var(--mono); font-size: .86em; overflow-wrap: anywhere; font-weight: 400; }
.soft { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.meta { color: var(--soft); margin: 0 0 .2rem; font-size: .9rem; max-width: none; }
p, li, summary { overflow-wrap: anywhere; }
.standing { font-size: 1.08rem; margin: .9rem 0 1.2rem; }
.next { border: 1px solid var(--line); border-left: 4px solid var(--busy); background: var(--panel); border-radius: 0 6px 6px 0; padding: .6rem .9rem; margin: 0 0 1.2rem; max-width: none; }
.next.person { border-left-color: var(--doubt); background: var(--doubt-bg); }
nav { position: sticky; top: 0; z-index: 2; background: var(--bg); border-bottom: 1px solid var(--line); }
nav ul { max-width: 78rem; margin: 0 auto; padding: .55rem 1.5rem; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; list-style: none; }
nav a, nav a:visited { color: var(--soft); text-decoration: none; font-size: .9rem; }
nav a:hover { color: var(--ink); text-decoration: underline; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: .9rem; margin: 1.4rem 0; }
@media (max-width: 64rem) { .cards { grid-template-columns: repeat(2, 1fr); } }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem 1rem; }
.card dt { color: var(--soft); font-size: .85rem; }
.card dd { margin: 0; }
.card .big { font-size: 1.9rem; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.card .big small { font-size: .95rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.card .note { color: var(--soft); font-size: .85rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .6rem 1.5rem; margin: .8rem 0 1rem; }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; }
.panel > h3:first-child { margin-top: 0; }
.attention { list-style: none; padding: 0; margin: 1rem 0; }
.attention li { border-left: 4px solid var(--idle); background: var(--idle-bg); padding: .4rem .9rem; margin: .35rem 0; border-radius: 0 6px 6px 0; }
.attention .alarm { border-color: var(--bad); background: var(--bad-bg); }
.attention .warning { border-color: var(--doubt); background: var(--doubt-bg); }
.attention strong { font-weight: 620; margin-right: .35rem; }
.chip { display: inline-block; padding: .05rem .5rem; border-radius: 999px; font-size: .8rem; line-height: 1.5; white-space: nowrap; background: var(--idle-bg); color: var(--idle); }
.good { background: var(--good-bg); color: var(--good); } .bad { background: var(--bad-bg); color: var(--bad); }
.doubt { background: var(--doubt-bg); color: var(--doubt); } .busy { background: var(--busy-bg); color: var(--busy); }
p .chip, summary .chip { white-space: normal; }
h3 .chip { font-weight: 500; margin-left: .4rem; vertical-align: .1em; }
.scroll { overflow-x: auto; margin: .4rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding: .2rem 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: .8rem; white-space: nowrap; border-bottom-color: var(--soft); }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { min-width: 11rem; }
td.n, th.n { text-align: right; padding-right: 1.4rem; }
td .soft { display: block; font-size: .8125rem; }
#edges details td:nth-child(4) { min-width: 12rem; } td.why { min-width: 16rem; max-width: 34rem; overflow-wrap: anywhere; }
td.time { white-space: nowrap; } td > .path, td > a { display: inline-block; min-width: 8rem; overflow-wrap: anywhere; }
q { quotes: none; display: block; font-family: var(--mono); font-size: .8125rem; background: var(--faint); border-radius: 4px; padding: .2rem .45rem; margin: .2rem 0; overflow-wrap: anywhere; }
thead button { all: unset; cursor: pointer; } thead button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .45rem .2rem; }
summary:hover { background: var(--faint); }
summary .soft { margin-left: .5rem; font-size: .85rem; }
summary .chip { margin-left: .35rem; }
details > .scroll, details > ul { margin: .2rem 0 1rem 1.1rem; }
.chunk { content-visibility: auto; contain-intrinsic-size: auto 1900px; } .long { contain-intrinsic-size: auto 7000px; } .longest { contain-intrinsic-size: auto 17000px; }
.found .chunk { content-visibility: visible; }
.paper { display: none; }
.filter { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .6rem 0 1rem; }
.filter[hidden], [hidden] { display: none; }
.filter input, .filter select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: 6px; padding: .35rem .6rem; }
.filter input { flex: 1 1 18rem; max-width: 30rem; }
ul.plain { margin: .3rem 0 .8rem; padding-left: 1.2rem; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
.chart { overflow-x: auto; } .chart svg { min-width: 40rem; }
svg text { fill: var(--ink); } svg .dim { fill: var(--soft); } svg .axis { stroke: var(--line); stroke-width: 1; }
svg .track { fill: var(--faint); } svg .done { fill: var(--accent); } svg .past { fill: var(--accent-2); } svg .tried { fill: none; stroke: var(--bad); stroke-dasharray: 4 3; }
svg .f-good { fill: var(--good); } svg .f-bad { fill: var(--bad); } svg .f-doubt { fill: var(--doubt); } svg .f-busy { fill: var(--busy); } svg .f-idle { fill: var(--idle); }
svg .soakbar { fill-opacity: .28; } svg .ahead { fill: none; stroke: var(--busy); stroke-dasharray: 4 3; }
svg .denied { fill: var(--bad); stroke: var(--panel); } svg .expected { fill: var(--panel); stroke: var(--idle); stroke-width: 1.5; }
td:has(svg.mini) { width: 13rem; padding-top: .6rem; }
svg.mini { width: 12rem; height: .9rem; }
.anchor { font-family: var(--mono); overflow-wrap: anywhere; background: var(--faint); padding: .6rem .8rem; border-radius: 6px; }
footer { color: var(--soft); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 3rem; }
@media screen and (max-width: 44rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; } nav ul { padding: .4rem 1rem; gap: 0 1rem; }
  .panel { padding: .8rem .9rem; } .card { padding: .7rem .8rem; } .card .big { font-size: 1.5rem; } .facts { grid-template-columns: repeat(2, 1fr); gap: .6rem 1rem; }
  html { scroll-padding-top: 4.6rem; }
  .scroll table:has(thead th:nth-child(5)), .scroll table:has(.why) { min-width: 42rem; } tbody th { min-width: 7rem; } td, th { padding-right: .6rem; }
  td:has(svg.mini) { width: 4rem; } svg.mini { width: 3.4rem; } .chart svg { min-width: 52rem; }
}
@media print {
  @page { margin: 12mm; }
  nav, .filter { display: none; } body { font-size: 10pt; background: #fff; } .paper { display: block; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .scroll, .chart { overflow: visible; } .chart svg { min-width: 0; }
  table, td .soft, q, td .chip { font-size: 7pt; line-height: 1.35; } th, td { padding: .15rem .4rem .15rem 0; } thead th { white-space: normal; }
  tbody th { min-width: 9.5rem; } #edges details td:nth-child(4) { min-width: 8rem; } td.why { min-width: 14rem; max-width: none; } td > .path, td > a { min-width: 6rem; }
  .chunk { content-visibility: visible; }
  body:not(.vast) details::details-content { content-visibility: visible; display: block; height: auto; }
  h2, h3, summary { break-after: avoid; } tr, .card, .attention li { break-inside: avoid; } thead { display: table-header-group; }
}
`;
