// How values of the API are written for people.

import { chip, h } from './dom.js';

let now = '';

export function setNow(instant) {
  now = instant;
}

export const today = () => now.slice(0, 10);

// Knock's recipients: a user's id, or the id and collection of an object.
export const named = (one) => (typeof one === 'string' ? one : `${one.collection}/${one.id}`);

export function when(instant) {
  const [day, rest] = [instant.slice(0, 10), instant.slice(11, 19)];
  return h('time', { datetime: instant, title: `${instant} (the world's clock, UTC)` }, day === today() ? rest : `${day} ${rest}`);
}

export const brief = (instant) => `${instant.slice(0, 10)} ${instant.slice(11, 19)}`;

export const counted = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

const GOOD = new Set(['delivered', 'sent', 'completed', 'ok']);
const BAD = new Set(['bounced', 'undelivered', 'not_sent', 'error']);
const WAITING = new Set(['queued', 'paused', 'processing', 'delivery_attempted']);

export function status(text) {
  const kind = GOOD.has(text) ? 'good' : BAD.has(text) ? 'bad' : WAITING.has(text) ? 'waiting' : '';
  return chip(text.replaceAll('_', ' '), kind);
}

const SHORT = { in_app_feed: 'feed', in_app_guide: 'guide', http: 'webhook' };

export const channelType = (type) => chip(SHORT[type] ?? type, `channel ${type}`);

export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
