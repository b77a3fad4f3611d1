// What was asked of the API: every call with its answer, what the fake says on the side, and which fault struck.

import { get, part } from './control.js';
import { chip, disclosure, facts, h, json, section } from './dom.js';
import { when } from './format.js';
import { listing } from './listing.js';

export function callsView() {
  return listing({
    name: 'calls',
    title: 'Calls',
    path: '/calls',
    field: 'calls',
    filters: [
      { name: 'text', label: 'Path, operation or hint' },
      { name: 'refused', label: 'Every call', choices: [['true', 'Refused or struck by a fault'], ['false', 'The others']] },
    ],
    key: (one) => String(one.number),
    row,
    load: (number) => get(`/calls/${part(number)}`),
    detail,
    empty: async () => h('div', { class: 'why' }, h('p', {}, 'No call fits. Give your SDK the base URL below; calls of the control plane are not listed.')),
  });
}

const outcome = (one) => chip(one.outcome, one.status < 400 && !/[a-z]/.test(one.outcome) ? 'good' : 'bad');
const line = (one) => `${one.method} ${one.path}${one.query ? `?${one.query}` : ''}`;

const row = (one) => [
  h('span', { class: 'first' }, h('strong', { class: 'mono' }, line(one)), when(one.at)),
  h('span', { class: 'third' }, outcome(one), h('span', { class: 'what' }, one.operation ?? 'no such operation'), one.faults.length ? chip('fault', 'bad') : null),
  one.hint ? h('span', { class: 'reason' }, one.hint) : null,
  ...one.faults.map((each) => h('span', { class: 'reason error' }, each)),
].filter(Boolean);

const detail = (one) => [
  h('h2', { class: 'mono' }, line(one)),
  h('p', { class: 'chips' }, outcome(one)),
  one.hint ? h('p', { class: 'telling' }, one.hint) : null,
  one.error ? h('p', { class: 'telling' }, `A defect of the fake itself: ${one.error}`) : null,
  one.faults.length ? h('ul', { class: 'telling' }, one.faults.map((each) => h('li', {}, each))) : null,
  facts([['Number', String(one.number)], ['When', when(one.at)], ['Operation', one.operation]]),
  section('Request', headers('request', one.headers), one.body === null ? h('p', { class: 'quiet' }, 'no body') : json(one.body)),
  section('Answer', headers('answer', one.answer_headers), one.answer === null ? h('p', { class: 'quiet' }, 'no body') : json(one.answer)),
].filter(Boolean);

function headers(key, values) {
  return disclosure(`headers ${key}`, 'Headers', facts(Object.entries(values).map(([name, value]) => [name, String(value)])));
}
