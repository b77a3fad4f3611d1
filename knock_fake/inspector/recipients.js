// Whom the application knows: users, objects and tenants, with what is kept of them.

import { part } from './control.js';
import { chip, facts, h, isEmpty, json, section } from './dom.js';
import { counted, when } from './format.js';
import { listing } from './listing.js';

export function recipientsView() {
  return listing({
    name: 'recipients',
    title: 'Recipients',
    path: '/recipients',
    field: 'recipients',
    filters: [
      { name: 'text', label: 'Id or property' },
      { name: 'kind', label: 'Kind', choices: [['user', 'Users'], ['object', 'Objects'], ['tenant', 'Tenants']] },
    ],
    key: reference,
    row,
    load: async (key, rows) => rows.find((one) => reference(one) === key) ?? { refused: `${key} is not among those listed` },
    detail,
    empty: async () => h('div', { class: 'why' }, h('p', {}, 'Nobody fits. Identify users, or trigger a workflow with inline recipients.')),
  });
}

const reference = (one) => (one.kind === 'user' ? one.id : `${one.collection}/${one.id}`);
const nameOf = (one) => (typeof one.properties.name === 'string' && one.properties.name ? one.properties.name : one.id);

const row = (one) => [
  h('span', { class: 'first' }, h('strong', {}, nameOf(one)), when(one.inserted_at)),
  h(
    'span',
    { class: 'second' },
    chip(one.kind),
    h('span', { class: 'who' }, reference(one)),
    h('span', { class: 'what' }, typeof one.properties.email === 'string' ? one.properties.email : ''),
    h('span', { class: 'marks' }, chip(counted(one.messages, 'message')), chip(counted(one.runs, 'run'))),
  ),
];

function detail(one) {
  const whose = part(reference(one));
  return [
    h('h2', {}, nameOf(one)),
    h('p', { class: 'chips' }, chip(one.kind), h('code', {}, reference(one))),
    h('p', { class: 'links' }, h('a', { href: `#/messages?recipient=${whose}` }, counted(one.messages, 'message')), h('a', { href: `#/messages?recipient=${whose}&channel=in_app_feed&status=delivered` }, 'in-app feed'), h('a', { href: `#/runs?recipient=${whose}` }, counted(one.runs, 'run'))),
    facts([['First seen', when(one.inserted_at)], ['Changed', when(one.updated_at)]]),
    section('Properties', json(one.properties)),
    section('Preferences', isEmpty(one.preferences) ? h('p', { class: 'quiet' }, 'none of its own: defaults hold') : json(one.preferences)),
    section('Channel data', isEmpty(one.channel_data) ? h('p', { class: 'quiet' }, 'none') : json(one.channel_data)),
  ];
}
