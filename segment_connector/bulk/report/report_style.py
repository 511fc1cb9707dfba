"""Style of a run's report, on top of the style that the project's pages share."""

from __future__ import annotations

STYLE = """
:root { --first: #0f7a54; --second: #3557b7; --third: #a85a00; --fourth: #a3242c; --grid: #e6ece9; }
@media (prefers-color-scheme: dark) {
  :root { --first: #4fd09f; --second: #93b1ff; --third: #f0b56a; --fourth: #ff9a9a; --grid: #25302c; }
}
.first { --colour: var(--first); } .second { --colour: var(--second); }
.third { --colour: var(--third); } .fourth { --colour: var(--fourth); }
.outcome { border-left: 4px solid var(--accent); background: var(--tint); padding: .7rem 1rem; border-radius: .4rem;
  margin: 1.25rem 0; }
.outcome.rejected, .outcome.stopped { border-color: var(--warn); background: var(--warn-tint); }
.outcome.failed { border-color: var(--bad); background: var(--bad-tint); }
.outcome strong { font-size: 1.1rem; overflow-wrap: anywhere; }
.outcome p { overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0; }
.tiles .tile { flex: 1 1 11rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; padding: .7rem .9rem;
  display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.tiles dt { color: var(--soft); font-size: .85rem; display: block; }
.tiles dd { font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .bad dd { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem;
  align-items: start; }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0;
  padding: 1rem 1rem .5rem; min-width: 0; }
.chart h3 { margin: 0; }
figcaption { min-height: 5.25rem; }
.chart p { margin: 0 0 .3rem; font-size: .9rem; }
.plot { display: block; overflow: visible; height: 11rem; width: calc(100% - 4rem); margin: .8rem .5rem 3.4rem 3.5rem; }
.plot text { fill: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; }
.plot .grid { stroke: var(--grid); }
.plot .axis { stroke: var(--soft); }
.plot path { vector-effect: non-scaling-stroke; fill: none; }
.plot .line { stroke: var(--colour); stroke-width: 1.75; }
.plot .area { fill: var(--colour); opacity: .14; }
.plot .bars { fill: var(--colour); }
.plot .over { fill: transparent; }
.plot .over:hover { fill: var(--text); fill-opacity: .08; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .2rem 0 0; padding: 0;
  font-size: .85rem; }
.swatch { display: inline-block; width: 1.1rem; height: 3px; border-radius: 2px; vertical-align: middle;
  background: var(--colour); margin-right: .4rem; print-color-adjust: exact; }
.numbers { margin: 0 0 .5rem; font-size: .9rem; }
.numbers summary { padding-top: .4rem; padding-bottom: .4rem; color: var(--soft); }
.scroll { overflow: auto; max-height: 18rem; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .45rem .8rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; border-top: 0; }
.numbers th, .numbers td { padding: .2rem .8rem; text-align: right; white-space: nowrap; }
.numbers tbody th { font-weight: 400; color: var(--soft); }
.numbers thead th { position: sticky; top: 0; background: var(--card); white-space: normal; }
.rejects { padding: 0; }
.rejects .number { text-align: right; }
.rejects ul { margin: 0; padding: 0; list-style: none; }
.rejects li { overflow-wrap: anywhere; }
.rejects li + li { margin-top: .3rem; }
@media (max-width: 40rem) {
  figcaption { min-height: 0; }
  .tiles .tile { flex-basis: 8rem; }
  .tiles dd { font-size: 1.1rem; }
  .rejects thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .rejects tr { display: flex; flex-wrap: wrap; justify-content: space-between; border-top: 1px solid var(--line);
    padding: .4rem 0; }
  .rejects tr:first-child { border-top: 0; }
  .rejects td, .rejects tbody th { border: 0; padding-top: .15rem; padding-bottom: .15rem; }
  .rejects .said { flex-basis: 100%; }
}
@media print {
  @page { margin: 14mm; }
  :root { --ground: #fff; }
  body { font-size: 11pt; }
  .chart, .tiles .tile, .rejects tr { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  .outcome, .plot path, .chip { print-color-adjust: exact; }
  .numbers:not([open]) { display: none; }
}
"""
