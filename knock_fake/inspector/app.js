// The inspector: views, the way between them, and the question, every now and then, whether something has changed.

import { callsView } from './calls.js';
import { clockTools, clockView } from './clock.js';
import { Refusal, get, token, world } from './control.js';
import { button, h } from './dom.js';
import { brief, setNow } from './format.js';
import { messagesView } from './messages.js';
import { recipientsView } from './recipients.js';
import { runsView } from './runs.js';

const EVERY = 1500; // milliseconds between two questions whether something has changed
const WORLDS_EVERY = 4; // questions between two looks at which worlds there are

const byId = (id) => document.getElementById(id);
const views = [messagesView(poll), runsView(), callsView(), recipientsView(), clockView(poll)];
const tabs = new Map(views.map((one) => [one.name, tab(one)]));
const face = h('a', { href: '#/clock', class: 'now', title: 'The time of the world (UTC)' });
const chooser = h('select', { 'aria-label': 'World', hidden: true });

let current = null;
let revision = null;
let asked = 0;
let busy = null;
let isChosen = false; // the world, by the reader

function tab(view) {
  const count = h('span', { class: 'count' });
  const link = h('a', { href: `#/${view.name}` }, view.title, ' ', count);
  byId('tabs').append(link);
  return { link, count };
}

function routeOf(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name, key] = path.split('/', 2);
  return { name, key: key ? decodeURIComponent(key) : null, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

async function navigate() {
  const route = routeOf(location.hash);
  const view = views.find((one) => one.name === route.name) ?? views[0];
  if (view !== current) {
    current = view;
    byId('main').replaceChildren(view.element);
    for (const [name, { link }] of tabs) {
      if (name === view.name) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    document.title = `${view.title} · knock_fake inspector`;
  }
  view.take(route);
  await attempt(async () => {
    if (revision === null) await meet(); // which day it is, before the first line is written
    await view.refresh();
  });
}

async function attempt(action) {
  try {
    await action();
    tell(null);
  } catch (error) {
    revision = null; // the next one to answer may be another server, whose revisions say nothing of this one's
    tell(error);
  }
}

function tell(error) {
  const place = byId('problem');
  const text = error === null ? '' : problemOf(error);
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.hidden = error === null;
  place.replaceChildren(text, ...(error?.status === 401 ? [tokenForm()] : []));
}

function problemOf(error) {
  if (!(error instanceof Refusal)) return `The server does not answer (${error.message}); asking again.`;
  if (error.status === 401) return 'This server wants its control token: ';
  if (error.status !== 404) return error.message;
  return 'This server has no control plane, which the inspector reads: it listens for other machines without a control token, or serves the API alone.';
}

function tokenForm() {
  const input = h('input', { type: 'password', 'aria-label': 'Control token', autocomplete: 'off' });
  const form = h('form', {}, input, h('button', {}, 'Use it'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    token.value = input.value;
    revision = null;
    poll();
  });
  return form;
}

// Asks whether something has changed, and shows what has; one at a time, and the last to ask sees its own change.
function poll() {
  busy = (busy ?? Promise.resolve()).then(() => attempt(look));
  return busy;
}

async function look() {
  const told = await meet();
  if (told.revision === revision && !current.ticks) return; // time goes on by itself
  await lookForChannels();
  await current.refresh();
  revision = told.revision;
}

// Asks which worlds there are, and for the few numbers of the one that is looked at.
async function meet() {
  if (asked % WORLDS_EVERY === 0) await lookForWorlds();
  asked += 1;
  const told = await get('');
  setNow(told.now);
  face.textContent = brief(told.now);
  for (const name of ['messages', 'runs', 'calls']) tabs.get(name).count.textContent = told[name] || '';
  return told;
}

async function lookForChannels() {
  const { channels } = await get('/channels');
  views[0].choose('channel', [...channels.map((one) => [one.key, one.key]), ['in_app_feed', 'every in-app feed']]);
}

async function lookForWorlds() {
  const { worlds } = await get('/worlds');
  // Until the reader chooses one, the calls without a key, this page's first ones, give way to a world with a key.
  if (!worlds.includes(world.name) || (world.name === '' && !isChosen)) world.name = worlds.findLast(Boolean) ?? '';
  const options = worlds.map((one) => h('option', { value: one }, one || '(calls without a key)'));
  chooser.replaceChildren(...options);
  chooser.value = world.name;
  chooser.hidden = worlds.length === 1 && worlds[0] === 'default';
}

chooser.addEventListener('change', () => {
  world.name = chooser.value;
  isChosen = true;
  views.forEach((one) => one.forget());
  revision = null;
  poll();
});

function themes() {
  const root = document.documentElement;
  const order = ['', 'light', 'dark'];
  const one = button('', () => show(order[(order.indexOf(root.dataset.theme ?? '') + 1) % order.length]));
  function show(theme) {
    root.dataset.theme = theme;
    localStorage.setItem('knock_fake theme', theme);
    one.textContent = { '': '◐', light: '☀', dark: '☾' }[theme];
    one.title = `Colours: ${theme || 'as the system has them'}`;
    one.setAttribute('aria-label', one.title);
  }
  show(localStorage.getItem('knock_fake theme') ?? '');
  return one;
}

function onKey(event) {
  const isTyping = event.target.closest('input, select, textarea, dialog');
  if (event.key === 'Escape' && isTyping) event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = { '/': () => current.find(), j: () => current.step(1), k: () => current.step(-1), Escape: () => current.leave() };
  views.forEach((one, place) => (actions[String(place + 1)] = () => (location.hash = `#/${one.name}`)));
  if (event.key in actions) {
    event.preventDefault();
    actions[event.key]();
  }
}

async function watch() {
  for (;;) {
    if (document.visibilityState === 'visible') await poll();
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

byId('tools').append(chooser, face, h('span', { class: 'moves' }, clockTools(poll).buttons()), themes());
addEventListener('hashchange', navigate);
addEventListener('keydown', onKey);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && poll());
await navigate();
watch();
