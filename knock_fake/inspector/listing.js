// A list with filters, and beside it what is chosen from it. Both follow the address of the page.

import { get } from './control.js';
import { button, h } from './dom.js';
import { today } from './format.js';

const PAGE = 50;
const MOST = 500; // that the control plane returns at once
const PATIENCE = 200; // milliseconds without a key, until a filter is applied

// A view of one kind of record.
//
// name: what the address calls it. path: where the control plane lists it. field: what the answer calls the list.
// filters: [{ name, label, choices }]. key(row), row(row): its key, and the children of its line.
// load(key, rows): what is chosen. detail(loaded): elements that show it. empty(filters): why there is nothing.
export function listing({ name, title, path, field, filters, key, row, load, detail, empty }) {
  const form = h('form', { class: 'filters', role: 'search', 'aria-label': `Filter ${name}` });
  const list = h('ol', { class: 'rows', 'aria-label': title });
  const foot = h('div', { class: 'more' });
  const chosen = h('article', { class: 'chosen', 'aria-label': 'What is chosen' });
  const element = h('div', { class: 'view' }, h('div', { class: 'list' }, form, list, foot), chosen);
  const inputs = Object.fromEntries(filters.map((one) => [one.name, field_(one)]));
  let route = { key: null, query: {} };
  let pages = 1;
  let shownRows = null;
  let shownDetail = null;
  let turn = 0;
  let waiting = null;

  form.append(...filters.map((one) => inputs[one.name]));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(applyFilters, PATIENCE);
  });

  function field_({ name: called, label, choices }) {
    if (!choices) return h('input', { name: called, type: 'search', placeholder: label, 'aria-label': label, autocomplete: 'off' });
    const options = [['', label], ...choices].map(([value, text]) => h('option', { value }, text));
    return h('select', { name: called, 'aria-label': label }, options);
  }

  const href = (chosenKey, query) => {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
    return `#/${name}${chosenKey === null ? '' : `/${encodeURIComponent(chosenKey)}`}${asked ? `?${asked}` : ''}`;
  };

  function applyFilters() {
    if (!element.isConnected) return; // the reader has left for another view
    const query = Object.fromEntries(Object.entries(inputs).map(([called, input]) => [called, input.value.trim()]));
    location.replace(href(route.key, query));
  }

  async function refresh() {
    const mine = (turn += 1);
    const { rows, before } = await fetchPages(() => mine === turn);
    const why = rows.length ? null : before === null ? await empty(route.query) : unfinished();
    const loaded = route.key === null ? null : await load(route.key, rows).catch(refused);
    if (mine !== turn) return; // the reader has gone on meanwhile
    showRows(rows, before, why);
    showDetail(loaded);
  }

  // As many pages as the reader has asked for, each twice as long as the one before it.
  async function fetchPages(isWanted) {
    const rows = [];
    let before = null;
    for (let page = 0; page < pages && isWanted(); page += 1) {
      const answer = await get(path, { ...route.query, limit: Math.min(PAGE * 2 ** page, MOST), before });
      rows.push(...answer[field]);
      before = answer.before;
      if (before === null) break;
    }
    return { rows, before };
  }

  const unfinished = () => h('div', { class: 'why' }, h('p', {}, 'None of the newest ones fits. There are older ones.'));

  function refused(error) {
    if (error.status === undefined) throw error;
    return { refused: error.message };
  }

  function showRows(rows, before, why) {
    const told = JSON.stringify([rows, before, route.query, why?.textContent, today()]);
    if (told !== shownRows) {
      shownRows = told;
      const focused = document.activeElement?.closest('.rows a')?.dataset.key;
      list.replaceChildren(...rows.map(line));
      foot.replaceChildren(...(why ? [why] : []), ...(before === null ? [] : [button(why ? 'Look further' : 'Show older ones', more)]));
      if (focused !== undefined) lineOf(focused)?.focus({ preventScroll: true });
    }
    for (const link of list.querySelectorAll('a')) {
      if (link.dataset.key === route.key) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }

  function line(one) {
    const link = h('a', { href: href(key(one), route.query) }, ...row(one));
    link.dataset.key = key(one);
    return h('li', {}, link);
  }

  const lineOf = (wanted) => [...list.querySelectorAll('a')].find((one) => one.dataset.key === wanted);

  function more() {
    pages += 1;
    refresh().catch(() => undefined); // the next look for changes fails as well, and tells
  }

  function showDetail(loaded) {
    element.classList.toggle('has-chosen', loaded !== null);
    const told = JSON.stringify([route.key, loaded]);
    if (told === shownDetail) return;
    const isSame = shownDetail !== null && JSON.parse(shownDetail)[0] === route.key;
    shownDetail = told;
    if (loaded === null) {
      chosen.replaceChildren(h('p', { class: 'lone' }, list.childElementCount ? 'Choose one to see it.' : ''));
      return;
    }
    const back = h('a', { class: 'back', href: href(null, route.query) }, '← back to the list');
    const scroll = chosen.scrollTop;
    const shown = loaded.refused ? [h('p', { class: 'lone' }, `${loaded.refused}.`)] : detail(loaded, chosen, isSame);
    if (shown) chosen.replaceChildren(back, ...shown);
    chosen.scrollTop = isSame ? scroll : 0;
  }

  function step(by) {
    const links = [...list.querySelectorAll('a')];
    const at = links.findIndex((one) => one.dataset.key === route.key);
    const next = links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)];
    if (next) {
      location.hash = next.getAttribute('href');
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    }
  }

  return {
    name,
    title,
    element,
    refresh,
    step,
    find: () => Object.values(inputs).find((input) => input.type === 'search')?.focus(),
    leave: () => (location.hash = href(null, route.query)),
    forget() {
      pages = 1;
      shownRows = shownDetail = null;
    },
    take(given) {
      if (JSON.stringify(given.query) !== JSON.stringify(route.query)) pages = 1;
      route = given;
      for (const [called, input] of Object.entries(inputs)) {
        if (document.activeElement !== input) input.value = route.query[called] ?? '';
      }
    },
    choose(called, options) {
      const [first] = inputs[called].options;
      const value = inputs[called].value;
      inputs[called].replaceChildren(first, ...options.map(([one, text]) => h('option', { value: one }, text)));
      inputs[called].value = value;
    },
  };
}
