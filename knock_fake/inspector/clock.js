// The world's time: what waits, and what happens when it moves on.

import { get, post } from './control.js';
import { button, chip, h, section } from './dom.js';
import { brief, counted, when } from './format.js';
import { toast } from './toast.js';

const SHOWN = 200;
const STEPS = ['5m', '1h', '1d'];

export function clockTools(onChange) {
  const moved = (asked) => move(asked, onChange);
  const advance = (duration) => moved(post('/clock/advance', { duration }));
  return {
    advance,
    buttons: () => [
      ...STEPS.map((one) => button(`+${one}`, () => advance(one), { title: `Move time on by ${one}` })),
      button('next timer', () => moved(toNext()), { title: 'Move time on to the next timer' }),
      button('until idle', () => moved(post('/clock/run-until-idle', {})), { title: 'Let everything happen that waits' }),
    ],
  };
}

const happened = [];

async function move(asked, onChange) {
  const timeline = await toast(asked, (answer) => (answer ? `${brief(answer.ended)}: ${counted(answer.happenings.length, 'thing')} happened` : 'Nothing waits.'));
  if (timeline) happened.unshift(timeline);
  happened.length = Math.min(happened.length, 20);
  onChange();
}

async function toNext() {
  const { next_due: to } = await get('/clock');
  return to === null ? null : post('/clock/travel', { to });
}

export function clockView(onChange) {
  const tools = clockTools(onChange);
  const duration = h('input', { type: 'text', placeholder: '1h30m', 'aria-label': 'How far to move time on', size: 8 });
  const form = h('form', { class: 'verbs' }, tools.buttons(), duration, h('button', {}, 'Advance'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (duration.value) tools.advance(duration.value);
  });
  const face = h('div', {});
  const pending = h('div', {});
  const past = h('div', {});
  const element = h('div', { class: 'view single' }, h('article', { class: 'chosen' }, face, form, pending, past, resetting(onChange)));
  let told = null;

  async function refresh() {
    const clock = await get('/clock');
    const key = JSON.stringify([clock, happened.length, happened[0]?.ended]);
    if (key === told) return;
    told = key;
    face.replaceChildren(h('h2', { class: 'face' }, brief(clock.now), ' ', h('small', {}, 'UTC')), h('p', { class: 'chips' }, chip(clock.mode === 'manual' ? 'stands still until it is moved' : 'goes on by itself')));
    pending.replaceChildren(section(`What waits: ${clock.pending.length}`, waiting(clock.pending)));
    past.replaceChildren(...(happened.length ? [section('What happened when you moved it', happened.map(timelineOf))] : []));
  }

  return { name: 'clock', title: 'Clock', ticks: true, element, refresh, take() {}, forget: () => (told = null), step() {}, find: () => duration.focus(), leave() {} };
}

function waiting(timers) {
  if (!timers.length) return h('p', { class: 'quiet' }, 'nothing');
  const rest = timers.length > SHOWN ? h('p', {}, `and ${timers.length - SHOWN} more`) : null;
  return h('div', {}, h('ol', { class: 'times' }, timers.slice(0, SHOWN).map((one) => h('li', {}, when(one.at), ' ', one.text))), rest);
}

function timelineOf(timeline) {
  const lines = timeline.happenings.map((one) => h('li', {}, when(one.at), ' ', one.text));
  return h('div', {}, h('h4', {}, `${brief(timeline.started)} → ${brief(timeline.ended)}`), lines.length ? h('ol', { class: 'times' }, lines) : h('p', { class: 'quiet' }, 'nothing happened'));
}

function resetting(onChange) {
  const dialog = h('dialog', { 'aria-labelledby': 'reset-title' }, h('h3', { id: 'reset-title' }, 'Reset this world?'), h('p', {}, 'Messages, runs, calls, recipients and workflows go; it is as it was when the server was started.'));
  const reset = async () => {
    dialog.close();
    await toast(post('/reset', {}), 'The world is pristine.');
    happened.length = 0;
    onChange();
  };
  dialog.append(h('p', { class: 'verbs' }, button('Reset', reset, { class: 'danger' }), button('Keep it', () => dialog.close(), { autofocus: true })));
  return section('The whole world', h('p', { class: 'verbs' }, button('Reset …', () => dialog.showModal(), { class: 'danger' })), dialog);
}
