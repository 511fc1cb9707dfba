"""Style and script of a catalogue's page; both stand in the page, which asks nothing of any server."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfcfb; --card: #fff; --text: #16211d; --soft: #52615b; --line: #dde5e1;
  --accent: #0f7a54; --tint: #e9f5f0; --warn: #8a4b00; --warn-tint: #fdf1e0; --bad: #a3242c; --bad-tint: #fdecec;
  --code: #f1f5f3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1513; --card: #161e1b; --text: #e6ede9; --soft: #9fb0a8; --line: #2a3631;
    --accent: #4fd09f; --tint: #163026; --warn: #f0b56a; --warn-tint: #33260f; --bad: #ff9a9a; --bad-tint: #3a1a1c;
    --code: #1e2824;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
.who { display: flex; gap: 1rem; align-items: center; }
.icon svg { display: block; width: 64px; height: 64px; }
.icon .dark { display: none; }
@media (prefers-color-scheme: dark) { .icon .light { display: none; } .icon .dark { display: block; } }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
p { margin: .5rem 0; }
.soft { color: var(--soft); }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; padding: 0; margin: 1rem 0 0; }
.chip { font-size: .8rem; line-height: 1.5; padding: .1rem .6rem; border-radius: 1rem; background: var(--tint);
  color: var(--accent); white-space: nowrap; }
.chip.write { background: var(--warn-tint); color: var(--warn); }
.chip.delete { background: var(--bad-tint); color: var(--bad); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
code { background: var(--code); padding: .1em .35em; border-radius: .3em; overflow-wrap: anywhere; }
pre code { padding: 0; background: none; overflow-wrap: normal; }
pre { background: var(--code); padding: .85rem 1rem; border-radius: .5rem; overflow-x: auto; margin: .35rem 0 0; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details, .box { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .5rem 0; }
.box { padding: .25rem 1rem; }
summary { cursor: pointer; position: relative; padding: .7rem 1rem .7rem 2.4rem;
  display: flex; flex-wrap: wrap; gap: .3rem .75rem;
  align-items: baseline; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "+"; color: var(--soft); position: absolute; left: 1rem; }
details[open] > summary::before { content: "\\2212"; }
summary .name { font-weight: 600; background: none; padding: 0; color: var(--text); overflow-wrap: anywhere; }
summary .said { color: var(--soft); flex: 1 1 20rem; min-width: 0; }
.inside { padding: 0 1rem 1rem; border-top: 1px solid var(--line); }
h4 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); margin: 1.1rem 0 .1rem; }
dl { margin: 0; }
.row { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; gap: .1rem 1.25rem; padding: .55rem 0;
  border-top: 1px solid var(--line); }
.row:first-child { border-top: 0; }
dt { display: flex; flex-wrap: wrap; gap: .1rem .5rem; align-content: flex-start; align-items: baseline; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.type { color: var(--soft); font-size: .85rem; }
.must { color: var(--bad); font-size: .8rem; }
.note { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem .8rem; margin: .6rem 0; }
input[type=search] { width: 100%; font: inherit; color: inherit; background: var(--card); padding: .6rem .9rem;
  border: 1px solid var(--line); border-radius: .6rem; }
.found { font-size: .9rem; }
footer { padding-top: 2rem; padding-bottom: 3rem; font-size: .9rem; }
@media (max-width: 40rem) {
  .row { grid-template-columns: 1fr; }
  h1 { font-size: 1.5rem; }
  .icon svg { width: 48px; height: 48px; }
  summary .said { flex-basis: 100%; }
}
@media print { .find { display: none; } }
"""

# Without the script everything is there as well: the search is only shown where it can work.
SCRIPT = """
const find = document.querySelector('.find'), field = find && find.querySelector('input');
const all = [...document.querySelectorAll('details[data-words]')];
if (find) {
  find.hidden = false;
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const one of all) {
      one.hidden = !words.every(word => one.dataset.words.includes(word));
      count += !one.hidden;
    }
    for (const group of document.querySelectorAll('.group'))
      group.hidden = !group.querySelector('details:not([hidden])');
    find.querySelector('.found').textContent = words.length ? `${count} of ${all.length} actions` : '';
  });
}
const open = () => {
  const one = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (one && one.tagName === 'DETAILS') { one.open = true; one.scrollIntoView(); }
};
addEventListener('hashchange', open);
open();
"""
