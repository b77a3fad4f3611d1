import './browser.js';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fake } from '../node/fake.js';
import { Badge } from './badge.js';

const key = 'sk_test_1'; // and pk_test_1: with --per-key both mean one world
let fake;

before(async () => (fake = await Fake.start('--per-key')));
after(() => fake.stop());

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(fake.url + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.status === 204 ? undefined : response.json();
}

async function joined() {
  while (!(await call('GET', '/_fake/realtime')).connections.some(({ topics }) => topics.length > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('the badge counts what comes, also after the connection was lost', { timeout: 30_000 }, async () => {
  const shown = [];
  const shows = (count) =>
    new Promise((resolve) => setInterval(() => shown.at(-1) === count && resolve(), 10).unref());
  const badge = new Badge({
    publicKey: key.replace('sk', 'pk'),
    host: fake.url,
    user: 'jane',
    channel: '55555555-5555-4555-8555-555555555555',
    show: (count) => shown.push(count),
  });
  await joined();
  await call('POST', '/v1/workflows/new-comment/trigger', { recipients: ['jane'] });
  await shows(1);
  await call('POST', '/_fake/realtime/drop', {});
  await call('POST', '/v1/workflows/new-comment/trigger', { recipients: ['jane'] }); // nobody hears of it
  await joined();
  await call('POST', '/v1/workflows/new-comment/trigger', { recipients: ['jane'] });
  await shows(3);
  badge.remove();
});
