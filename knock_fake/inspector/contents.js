// What a message says, as its channel shows it.

import { address, chip, choices, code, disclosure, facts, h, isEmpty, json } from './dom.js';
import { pretty } from './format.js';
import { pageFrame, pieceFrame } from './frame.js';

export function contentOf(message) {
  const show = SHOW[message.channel.type] ?? ((content) => [json(content)]);
  return h('div', { class: `content ${message.channel.type}` }, ...show(message.content, message));
}

function email(content, message) {
  return [
    facts([
      ['From', content.from],
      ['To', content.to],
      ['Cc', content.cc],
      ['Bcc', content.bcc],
      ['Reply to', content.reply_to],
      ['Subject', h('strong', {}, content.subject_line ?? '')],
    ]),
    choices('Version of the email', [
      ['HTML', () => pageFrame(content.html_body ?? '')],
      ['Text', () => code(content.text_body ?? '', { class: 'prose' })],
      ['Source', () => code(content.html_body ?? '')],
      ['JSON', () => json(content)],
    ]),
    attachments(message.attachments),
  ];
}

function attachments(files) {
  if (!files.length) return null;
  return h('ul', { class: 'plain' }, files.map((file) => h('li', {}, '📎 ', file.name ?? 'unnamed', ' ', chip(file.content_type ?? ''), size(file), save(file))));
}

const size = (file) => ` ${Math.floor((String(file.content ?? '').replace(/=+$/, '').length * 3) / 4).toLocaleString('en')} bytes `;

function save(file) {
  // Only ever saved, never shown: a page or an image of somebody else's would be of this origin.
  const href = `data:application/octet-stream;base64,${String(file.content ?? '')}`;
  return h('a', { href, download: String(file.name ?? 'attachment') }, 'save');
}

function feed(content) {
  const blocks = Array.isArray(content.blocks) ? content.blocks : [];
  const html = blocks.map((one) => one.rendered ?? '').join('\n');
  const rest = blocks.filter((one) => one.rendered === undefined || one.type === 'button_set');
  const item = () => h('div', {}, pieceFrame(html), rest.map(block));
  return [choices('How to show the item', [['Item', item], ['Blocks', () => json(blocks)], ['JSON', () => json(content)]])];
}

function block(one) {
  const buttons = Array.isArray(one.buttons) ? one.buttons : [];
  if (!buttons.length) return json(one);
  return h('p', { class: 'buttons' }, buttons.map((each) => h('span', { class: `mock ${each.name === 'primary' ? 'primary' : ''}`, title: each.action }, each.label, ' ', h('code', {}, each.action))));
}

const sms = (content) => [facts([['To', content.to]]), h('p', { class: 'bubble' }, content.body ?? ''), media(content)];

const media = (content) => (content.media_urls?.length ? h('ul', { class: 'plain' }, content.media_urls.map((one) => h('li', {}, address(one)))) : null);

const push = (content) => [
  h('div', { class: 'banner' }, h('strong', {}, content.title ?? ''), h('span', {}, content.body ?? '')),
  facts([['Token', h('code', {}, content.token ?? '')]]),
  disclosure('push', 'The notification as JSON', json(content)),
];

function chat(content) {
  const template = content.template ?? {};
  const blocks = Array.isArray(template.blocks) ? template.blocks : [];
  const said = blocks.map((one) => (typeof one.content === 'string' ? h('p', { class: 'bubble' }, one.content) : json(one)));
  return [
    facts([['Summary', template.summary]]),
    said,
    isEmpty(template.json_content) ? null : json(template.json_content),
    disclosure('connection', 'Connection and JSON', json(content)),
  ];
}

function webhook(content) {
  const query = isEmpty(content.query) ? '' : `?${new URLSearchParams(content.query)}`;
  return [
    code(`${content.method} ${content.url}${query}`),
    isEmpty(content.headers) ? null : facts(Object.entries(content.headers).map(([name, value]) => [name, String(value)])),
    content.body ? code(typeof content.body === 'string' ? pretty(content.body) : pretty(JSON.stringify(content.body))) : null,
  ];
}

const SHOW = { email, in_app_feed: feed, sms, push, chat, http: webhook };
