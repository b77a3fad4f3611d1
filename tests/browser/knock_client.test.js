import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FEED, GUIDES, World, host, next } from './fake.js';

const { default: Knock } = await import('@knocklabs/client');
const { default: OldKnock } = await import('knock-client-0.14');

let count = 0;
let world;
let knock;

beforeEach(async () => {
  world = new World((count += 1));
  knock = new Knock(world.publicKey, { host });
  await world.call('PUT', '/v1/users/jane', { name: 'Jane' });
  await world.call('PUT', '/_fake/workflows/hello', {
    steps: [{ type: 'channel', ref: 'feed', channel_key: 'in-app-feed', template: { markdown_body: '{{ data.text }}' } }],
  });
});

afterEach(() => knock.teardown());

const limit = { timeout: 30_000 };

function subscribe(options) {
  const feed = knock.feeds.initialize(FEED, options);
  feed.listenForUpdates();
  return feed;
}

test('a new item comes by itself, and its count before it', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const feed = subscribe();
  await world.joined();
  const badges = [];
  feed.store.subscribe((state) => badges.push([state.metadata.unseen_count, state.items.length]));
  const came = next(feed);
  await world.trigger({ text: 'one' });
  const { texts, metadata } = await came;
  assert.deepEqual(texts, ['<p>one</p>']);
  assert.equal(metadata.unseen_count, 1);
  assert.deepEqual(badges[0], [1, 0]);
  const again = next(feed);
  await world.trigger({ text: 'two' });
  assert.deepEqual((await again).texts, ['<p>two</p>']);
  assert.deepEqual(
    feed.store.getState().items.map((item) => item.data.text),
    ['two', 'one'],
  );
});

test('feeds on one channel hear of what fits their filters', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const all = subscribe();
  await world.joined();
  const acme = subscribe({ tenant: 'acme', has_tenant: true });
  const urgent = subscribe({ trigger_data: { urgent: true } });
  await world.joined();
  const came = [next(all), next(urgent)];
  let wrong = 0;
  acme.on('items.received.realtime', () => (wrong += 1));
  await world.trigger({ text: 'now', urgent: true });
  await Promise.all(came);
  const third = [next(all), next(acme)];
  await world.trigger({ text: 'for acme' }, { tenant: 'acme' });
  await Promise.all(third);
  assert.equal(wrong, 1);
  assert.equal(urgent.store.getState().items.length, 1);
  assert.equal(all.store.getState().metadata.total_count, 2);
});

test('a client comes back after the server was away', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const feed = subscribe();
  await world.joined();
  await world.call('POST', '/_fake/realtime/drop', {});
  await world.trigger({ text: 'missed' });
  await world.joined();
  const came = next(feed);
  await world.trigger({ text: 'seen' });
  assert.deepEqual((await came).texts, ['<p>seen</p>', '<p>missed</p>']);
});

test('what was swallowed shows with the next event', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const feed = subscribe();
  await world.joined();
  await world.call('POST', '/_fake/realtime/swallow', {});
  await world.trigger({ text: 'lost' });
  const came = next(feed);
  await world.trigger({ text: 'found' });
  assert.deepEqual((await came).texts, ['<p>found</p>', '<p>lost</p>']);
});

test('a refused join and a refused connection are tried again', limit, async () => {
  await world.call('POST', '/_fake/realtime/refuse-connections', {});
  await world.call('POST', '/_fake/realtime/refuse-joins', { topic: 'feeds:*' });
  knock.authenticate({ id: 'jane' });
  const feed = subscribe();
  await world.joined();
  const came = next(feed);
  await world.trigger({ text: 'at last' });
  assert.deepEqual((await came).texts, ['<p>at last</p>']);
});

test('the last feed that goes leaves the topic', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const feed = subscribe();
  await world.joined();
  feed.dispose();
  await world.joined(0);
});

test('guides come, change and go', limit, async () => {
  knock.authenticate({ id: 'jane' });
  const guides = new (await import('@knocklabs/client')).KnockGuideClient(knock, GUIDES);
  guides.subscribe();
  await guides.fetch();
  await world.joined();
  // What is shown: guides that the group has, which is told after them.
  const texts = () => {
    const { guides: known, guideGroups } = guides.store.state;
    const shown = guideGroups[0].display_sequence.filter((key) => known[key]);
    return shown.map((key) => known[key].steps[0].content.title);
  };
  const until = (wanted) =>
    new Promise((resolve) => {
      const look = () => JSON.stringify(texts()) === JSON.stringify(wanted) && resolve();
      guides.store.subscribe(look);
      look();
    });
  const put = (title, more = {}) =>
    world.call('PUT', '/_fake/guides/tour', { steps: [{ ref: 'step_1', values: { title } }], ...more });
  await put('Welcome {{ recipient.name }}');
  await until(['Welcome Jane']);
  await world.call('PUT', '/v1/users/jane', { name: 'Janet' });
  await until(['Welcome Janet']);
  await put('Bye', { active: false });
  await until([]);
  guides.unsubscribe();
});

test('a client of old, which joins with flat options, is served too', limit, async () => {
  const old = new OldKnock(world.publicKey, { host });
  old.authenticate('jane');
  const feed = old.feeds.initialize(FEED);
  feed.listenForUpdates();
  await world.joined();
  const came = next(feed);
  await world.trigger({ text: 'old news' });
  assert.deepEqual((await came).texts, ['<p>old news</p>']);
  old.teardown();
});
