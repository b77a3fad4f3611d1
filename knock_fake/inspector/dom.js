// Elements from data. Text becomes text nodes and nothing else: what an application sent is never parsed as HTML here.

const opened = new Set();

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

export const chip = (text, kind = '') => h('span', { class: `chip ${kind}` }, text);

export const button = (text, onclick, attributes = {}) => h('button', { type: 'button', onclick, ...attributes }, text);

export const section = (title, ...children) => h('section', {}, h('h3', {}, title), ...children);

// A part that opens and closes, and is found as it was left when what it is about is shown anew.
export function disclosure(key, summary, ...children) {
  const element = h('details', { open: opened.has(key) }, h('summary', {}, summary), ...children);
  element.addEventListener('toggle', () => (element.open ? opened.add(key) : opened.delete(key)));
  return element;
}

export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return h('dl', { class: 'facts' }, shown.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

export const code = (text, attributes = {}) => h('pre', { tabindex: 0, ...attributes }, text);

export function json(value) {
  return code(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

export const isEmpty = (value) => value === null || value === undefined || Object.keys(value).length === 0;

// An address that somebody sent: only those of the web become links, and none of them learns where it was followed from.
export function address(url) {
  const isWeb = /^https?:\/\//i.test(url);
  return isWeb ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, url) : h('code', {}, url);
}

// Choices of which one shows, such as the versions of an email.
export function choices(label, options) {
  const body = h('div', { class: 'choice' });
  const buttons = options.map(([name, build], place) => {
    const one = button(name, () => show(place), { 'aria-pressed': 'false' });
    return [one, build];
  });
  function show(place) {
    buttons.forEach(([one], index) => one.setAttribute('aria-pressed', String(index === place)));
    body.replaceChildren(buttons[place][1]());
  }
  show(0);
  return h('div', {}, h('div', { class: 'segments', role: 'group', 'aria-label': label }, buttons.map(([one]) => one)), body);
}
