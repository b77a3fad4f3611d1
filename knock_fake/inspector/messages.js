// What was sent: the list of messages, and one of them with all that became of it.

import { get, part, post } from './control.js';
import { address, button, chip, disclosure, facts, h, isEmpty, json, section } from './dom.js';
import { contentOf } from './contents.js';
import { channelType, named, status, when } from './format.js';
import { listing } from './listing.js';
import { explained, webhooksSection } from './runs.js';
import { toast } from './toast.js';

const STATUSES = ['queued', 'sent', 'delivered', 'delivery_attempted', 'undelivered', 'bounced', 'not_sent'];

export function messagesView(onChange) {
  return listing({
    name: 'messages',
    title: 'Messages',
    path: '/messages',
    field: 'messages',
    filters: [
      { name: 'text', label: 'Text' },
      { name: 'recipient', label: 'Recipient' },
      { name: 'workflow', label: 'Workflow' },
      { name: 'channel', label: 'Channel', choices: [] },
      { name: 'status', label: 'Status', choices: STATUSES.map((one) => [one, one.replaceAll('_', ' ')]) },
    ],
    key: (one) => one.id,
    row,
    load: (id) => get(`/messages/${part(id)}`),
    detail: (message, element, isSame) => detail(message, element, isSame, onChange),
    empty,
  });
}

const source = (one) => (one.source_type === 'guide' ? `guide ${one.source_key}` : `${one.source_key} / ${one.step_ref}`);

const row = (one) => [
  h('span', { class: 'first' }, h('strong', {}, one.title), when(one.inserted_at)),
  h(
    'span',
    { class: 'second' },
    channelType(one.channel.type),
    h('span', { class: 'who' }, named(one.recipient)),
    h('span', { class: 'what' }, source(one)),
    h('span', { class: 'marks' }, one.engagements.map((each) => chip(each.replaceAll('_', ' '), 'mark')), status(one.status)),
  ),
];

// Nothing was sent: the runs say why, or the control plane says why nothing ran.
async function empty(query) {
  const isFiltered = Object.values(query).some(Boolean);
  const { runs } = await get('/runs', { recipient: query.recipient, workflow: query.workflow, limit: 3 });
  const head = h('p', {}, isFiltered ? 'No message fits these filters.' : 'No message was sent.');
  if (runs.length) {
    const told = runs.map((one) => h('li', {}, h('a', { href: `#/runs/${part(one.explanation.id)}` }, `${one.explanation.workflow} for ${named(one.explanation.recipient)}`), explained(one.explanation)));
    return h('div', { class: 'why' }, head, h('p', {}, 'The newest runs, and what they decided:'), h('ul', {}, told));
  }
  const { explanation } = await get('/explain', { recipient: query.recipient, workflow: query.workflow });
  return h('div', { class: 'why' }, head, h('ul', {}, explanation.notes.map((note) => h('li', {}, note))));
}

function detail(message, element, isSame, onChange) {
  const told = JSON.stringify([message.id, message.content, message.attachments]);
  const kept = element.querySelector('.kept');
  // A frame that is moved loads anew: the content stays where it is unless it is another one.
  if (isSame && kept?.dataset.told === told) {
    const place = element.querySelector('.before');
    const focused = document.activeElement?.closest('.before button')?.textContent;
    place.replaceChildren(...before(message, onChange).flat(Infinity).filter(Boolean));
    [...place.querySelectorAll('button')].find((one) => one.textContent === focused)?.focus();
    element.querySelector('.after').replaceChildren(...after(message));
    return null;
  }
  const content = h('div', { class: 'kept' }, contentOf(message));
  content.dataset.told = told;
  return [h('div', { class: 'before' }, ...before(message, onChange)), content, h('div', { class: 'after' }, ...after(message))];
}

const before = (message, onChange) => [
  h('h2', {}, message.title),
  h('p', { class: 'chips' }, channelType(message.channel.type), status(message.status), message.engagements.map((one) => chip(one.replaceAll('_', ' '), 'mark'))),
  facts([
    ['Recipient', h('a', { href: `#/recipients?text=${part(named(message.recipient))}` }, message.recipient_name ? `${message.recipient_name} (${named(message.recipient)})` : named(message.recipient))],
    ['Channel', message.channel.key],
    ['Provider', message.channel.provider],
    [message.source_type === 'guide' ? 'Guide' : 'Workflow', `${message.source_key} / ${message.step_ref}`],
    ['Tenant', message.tenant],
    ['Actors', message.actors.map(named).join(', ')],
    ['Made', when(message.inserted_at)],
    ['Scheduled', message.scheduled_at && when(message.scheduled_at)],
    ['Id', h('code', {}, message.id)],
  ]),
  verbs(message, onChange),
];

const LABELS = { deliver: 'Deliver', bounce: 'Bounce', undeliver: 'Fail for good', open: 'Open', see: 'See', read: 'Read', interact: 'Interact', archive: 'Archive' };

function verbs(message, onChange) {
  const reason = h('input', { type: 'text', placeholder: 'reason, if you like', 'aria-label': 'Why it bounces or fails' });
  const act = async (verb, body) => {
    await toast(post(`/messages/${part(message.id)}/${verb}`, body), `${LABELS[verb] ?? verb}: done`);
    onChange();
  };
  const takesReason = message.verbs.some((one) => one === 'bounce' || one === 'undeliver');
  const known = message.verbs.filter((one) => one in LABELS);
  const body = (verb) => ((verb === 'bounce' || verb === 'undeliver') && reason.value ? { reason: reason.value } : {});
  if (!message.verbs.length) return h('p', { class: 'quiet' }, `${message.status.replaceAll('_', ' ')} is final: nothing more can become of it.`);
  const click = message.verbs.includes('click') ? message.links.map((url) => h('li', {}, address(url), ' ', button('Click', () => act('click', { url })))) : [];
  return [
    h('div', { class: 'verbs', role: 'group', 'aria-label': 'Let something happen to it' }, known.map((one) => button(LABELS[one], () => act(one, body(one)))), takesReason ? reason : null),
    click.length ? h('ul', { class: 'plain' }, click) : null,
  ];
}

function after(message) {
  const { explanation } = message;
  return [
    section('What happened to it', h('ol', { class: 'times' }, message.events.map((one) => h('li', {}, when(one.at), ' ', one.type.replaceAll('_', ' '), isEmpty(one.data) ? null : h('code', {}, ` ${JSON.stringify(one.data)}`))))),
    message.delivery_logs.length ? section('Delivery logs', message.delivery_logs.map((log) => attempt(message, log))) : null,
    explanation ? section('Why it was sent', h('p', {}, h('a', { href: `#/runs/${part(explanation.id)}` }, `The run of ${explanation.workflow}`), `, started by ${explanation.started_by}`), explained(explanation)) : null,
    explanation ? webhooksSection(explanation.webhooks.filter((one) => one.message_id === message.id)) : null,
    isEmpty(message.data) ? null : disclosure('data', 'Trigger data', json(message.data)),
    isEmpty(message.metadata) ? null : disclosure('metadata', 'What the provider calls it', json(message.metadata)),
  ].filter(Boolean);
}

function attempt(message, log) {
  const { request, response } = log;
  const line = `${request.method ?? ''} ${request.host ?? ''}${request.path ?? ''}`;
  const answer = chip(String(response.status), response.status >= 200 && response.status < 300 ? 'good' : 'bad');
  return disclosure(`log ${message.id} ${log.attempt}`, [when(log.at), ' ', log.service_name, ' ', answer, ' ', h('code', {}, line)], h('h4', {}, 'Request'), json(request), h('h4', {}, 'Response'), json(response));
}
