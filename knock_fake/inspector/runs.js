// What workflows did: every run, what it decided step by step, and why.

import { get, part } from './control.js';
import { chip, disclosure, facts, h, isEmpty, json, section } from './dom.js';
import { channelType, counted, named, status, when } from './format.js';
import { listing } from './listing.js';

const STATUSES = ['queued', 'processing', 'paused', 'completed', 'cancelled'];

// The decisions that say why something was not sent, or not yet.
const TELLING = new Set([
  'recipient_missing', 'trigger_data_invalid', 'trigger_frequency_limited', 'run_halted', 'run_cancelled', 'step_skipped', 'step_failed',
  'message_not_enqueued', 'batch_joined', 'throttled', 'trigger_loop', 'wait_timed_out',
]);
const WAITING = new Set(['delay_started', 'batch_opened', 'wait_started', 'batch_flushed']);

export function runsView() {
  return listing({
    name: 'runs',
    title: 'Runs',
    path: '/runs',
    field: 'runs',
    filters: [
      { name: 'recipient', label: 'Recipient' },
      { name: 'workflow', label: 'Workflow' },
      { name: 'status', label: 'Status', choices: STATUSES.map((one) => [one, one]) },
    ],
    key: (one) => one.explanation.id,
    row,
    load: async (id, rows) => rows.find((one) => one.explanation.id === id) ?? get(`/runs/${part(id)}`),
    detail,
    empty,
  });
}

function row({ explanation: run, inserted_at: at }) {
  const errors = run.error_count ? chip(counted(run.error_count, 'error'), 'bad') : null;
  return [
    h('span', { class: 'first' }, h('strong', {}, run.workflow), when(at)),
    h(
      'span',
      { class: 'second' },
      h('span', { class: 'who' }, named(run.recipient)),
      h('span', { class: 'what' }, `by ${run.started_by}`),
      h('span', { class: 'marks' }, errors, chip(counted(run.messages.length, 'message'), run.messages.length ? '' : 'empty'), status(run.status)),
    ),
    ...reasons(run).map((one) => h('span', { class: `reason ${one.status}` }, one.text)),
  ];
}

// Why a run sent less than one might expect: what it skipped, what failed, and what it waits for.
function reasons(run) {
  const told = run.decisions.filter((one) => TELLING.has(one.event));
  const last = run.decisions.at(-1);
  if (run.status === 'paused' && last && WAITING.has(last.event)) told.push(last);
  return told;
}

async function empty(query) {
  const { explanation } = await get('/explain', { recipient: query.recipient, workflow: query.workflow });
  const notes = explanation.notes.map((note) => h('li', {}, note));
  return h('div', { class: 'why' }, h('p', {}, `No run fits.`), h('ul', {}, notes));
}

// The decisions of a run, one a line; those that kept something from being sent stand out.
export function explained(run) {
  const fates = new Map(run.messages.map((one) => [one.id, one]));
  return h('ol', { class: 'times' }, run.decisions.map((one) => decision(run, one, fates)));
}

function decision(run, one, fates) {
  const kind = one.status === 'error' ? 'bad' : TELLING.has(one.event) ? 'telling' : '';
  const fate = fates.get(one.data?.message_id);
  return h(
    'li',
    { class: kind },
    when(one.at),
    ' ',
    isEmpty(one.data) ? one.text : disclosure(`decision ${run.id} ${one.at} ${one.event} ${one.step_ref}`, one.text, json(one.data)),
    fate ? h('div', { class: 'fate' }, h('a', { href: `#/messages/${part(fate.id)}` }, fate.text)) : null,
  );
}

// What the outbound webhooks that tell of a run, or of one message of it, have come to.
export function webhooksSection(webhooks) {
  if (!webhooks.length) return null;
  return section('Outbound webhooks', h('ul', { class: 'plain' }, webhooks.map((one) => h('li', {}, status(one.status), ' ', one.text))));
}

function detail(loaded) {
  const run = loaded.explanation;
  const messages = run.messages.map((one) => h('li', {}, one.channel_type && channelType(one.channel_type), ' ', h('a', { href: `#/messages/${part(one.id)}` }, one.step_ref ?? one.id), ' ', h('span', { class: 'quiet' }, one.text)));
  const none = h('p', { class: 'telling' }, reasons(run).length ? 'It sent nothing:' : 'It sent nothing.', h('ul', {}, reasons(run).map((one) => h('li', {}, one.text))));
  return [
    h('h2', {}, `${run.workflow} for ${named(run.recipient)}`),
    h('p', { class: 'chips' }, status(run.status), run.error_count ? chip(counted(run.error_count, 'error'), 'bad') : null),
    facts([
      ['Started by', run.started_by],
      ['Recipient', h('a', { href: `#/recipients?text=${part(named(run.recipient))}` }, named(run.recipient))],
      ['Actor', run.actor && named(run.actor)],
      ['Tenant', run.tenant],
      ['Begun', when(loaded.inserted_at)],
      ['Cancellation key', loaded.cancellation_key],
      ['Run', h('code', {}, run.id)],
      ['Trigger', h('code', {}, run.workflow_run_id)],
    ]),
    section('Messages', messages.length ? h('ul', { class: 'plain' }, messages) : none),
    section('Step by step', explained(run)),
    webhooksSection(run.webhooks),
    isEmpty(loaded.data) ? null : section('Trigger data', json(loaded.data)),
  ].filter(Boolean);
}
