/**
 * What the report gains where scripts run: a filter over the long tables and sorting by a click on a column's head. Without
 * it everything can be read. It reads text and moves rows; it never makes HTML of what it reads.
 */
export const SCRIPT = `
(() => {
  'use strict';
  for (const box of document.querySelectorAll('[data-filter]')) {
    const section = document.getElementById(box.dataset.filter);
    const [text, state] = [box.querySelector('input'), box.querySelector('select')];
    const shown = box.querySelector('output');
    const groups = [...section.querySelectorAll('details')].map((details) => ({
      details, open: details.open, head: details.dataset.name.toLowerCase(),
      rows: [...details.querySelectorAll('tbody tr')],
    }));
    // Blocks and tables with no rows left are hidden: a block not yet in view would otherwise keep its estimated height.
    const blocks = [...section.querySelectorAll('.chunk, details .scroll')].map((block) => ({
      block, rows: [...block.querySelectorAll('tbody tr')],
    }));
    const words = new Map();
    const wordsOf = (row) => {
      if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
      return words.get(row);
    };
    const apply = () => {
      const wanted = text.value.trim().toLowerCase();
      const only = state ? state.value : '';
      let count = 0;
      for (const { details, open, head, rows } of groups) {
        const all = wanted === '' || head.includes(wanted);
        let some = false;
        for (const row of rows) {
          const fits = (only === '' || row.dataset.state.split(' ').includes(only)) && (all || wordsOf(row).includes(wanted));
          row.hidden = !fits;
          if (fits) { some = true; count += 1; }
        }
        details.hidden = !some;
        details.open = some && (wanted !== '' || only !== '') ? count <= 400 : open;
      }
      for (const { block, rows } of blocks) block.hidden = rows.every((row) => row.hidden);
      section.classList.toggle('found', wanted !== '' || only !== '');
      shown.textContent = count === 0 ? 'nothing found' : count + (count === 1 ? ' row' : ' rows');
    };
    let timer = 0;
    text.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(apply, 150); });
    if (state) state.addEventListener('change', apply);
    box.hidden = false;
  }
  // What is wider than the page can be moved by the keyboard too, in browsers that do not see to it themselves.
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  for (const box of document.querySelectorAll('.scroll, .chart')) wide.observe(box);
  const key = (row, index) => row.cells[index].textContent.trim();
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const sort = (head) => {
    const index = [...head.parentNode.children].indexOf(head);
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of head.parentNode.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const body = head.closest('table').tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, index), row]);
    rows.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
    body.append(...rows.map(([, row]) => row));
  };
  for (const head of document.querySelectorAll('table.sort > thead th')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest('table.sort > thead button');
    if (button) sort(button.closest('th'));
  });
})();
`;
