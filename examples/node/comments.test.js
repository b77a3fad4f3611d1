import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import Knock from '@knocklabs/node';
import { Comments } from './comments.js';
import { Fake } from './fake.js';

let fake;
let count = 0;
let world;

before(async () => {
  fake = await Fake.start('--per-key', '--knock-dir', 'knock');
  process.env.KNOCK_BASE_URL = fake.url;
});

after(() => fake.stop());

// A key is a world: tests that run side by side do not see one another.
beforeEach(async () => {
  world = fake.world(`sk_test_${(count += 1)}`);
  process.env.KNOCK_API_KEY = world.key;
  const knock = new Knock();
  await knock.users.update('jane', { name: 'Jane', email: 'jane@example.com' });
  await knock.users.update('bob', { name: 'Bob' });
});

test('a comment shows at once, and is mailed after two hours', async () => {
  await new Comments().add('bob', ['jane'], 'Looks good');
  assert.deepEqual((await world.all('runs')).map((run) => run.status), ['paused']);
  const { happenings } = await world.advance('2h');
  assert.ok(happenings.some(({ text }) => text === 'message sent: new-comment/mail to jane'));
});

test('who has read it is not mailed', async () => {
  const comments = new Comments();
  await comments.add('bob', ['jane'], 'Looks good');
  await comments.open('jane');
  await world.advance('2h');
  const run = await world.one('runs', { workflow: 'new-comment', recipient: 'jane' });
  assert.equal(run.messages.length, 1);
});

test('an expectation that is not so says what comes nearest', async () => {
  await assert.rejects(world.one('users', { name: 'Janet' }), /name is 'Jane', not 'Janet'/);
});

test('a mistake is refused as Knock refuses it', async () => {
  await assert.rejects(new Knock().workflows.trigger('new-coment', { recipients: ['jane'] }), { status: 404 });
});

test('a reset world knows nobody', async () => {
  await world.reset();
  await world.none('users', {});
});
