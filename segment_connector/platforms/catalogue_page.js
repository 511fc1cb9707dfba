const find = document.querySelector('.find'), field = find && find.querySelector('input');
const all = [...document.querySelectorAll('details[data-words]')];
if (find) {
  find.hidden = false;
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of all) {
      one.hidden = !words.every(word => one.dataset.words.includes(word));
      count += !one.hidden;
    }
    for (const group of document.querySelectorAll('.group'))
      group.hidden = !group.querySelector('details:not([hidden])');
    find.querySelector('.found').textContent = words.length ? field.dataset.found.replace('{count}', count).replace('{total}', all.length) : '';
  });
}
const open = () => {
  const one = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (one && one.tagName === 'DETAILS') { one.open = true; one.scrollIntoView(); }
};
addEventListener('hashchange', open);
open();
