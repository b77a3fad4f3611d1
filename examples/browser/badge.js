// The code under test: the number beside the bell. It knows Knock's client, and nothing of a fake.
import Knock from '@knocklabs/client';

export class Badge {
  #knock;

  constructor({ publicKey, host, user, channel, show }) {
    this.#knock = new Knock(publicKey, { host });
    this.#knock.authenticate({ id: user });
    const feed = this.#knock.feeds.initialize(channel);
    feed.store.subscribe(({ metadata }) => show(metadata.unseen_count));
    feed.listenForUpdates();
  }

  remove() {
    this.#knock.teardown();
  }
}
