// The code under test: it knows Knock's SDK, and nothing of a fake.
import Knock from '@knocklabs/node';

export class Comments {
  #knock = new Knock(); // KNOCK_API_KEY and KNOCK_BASE_URL come from the environment

  async add(author, watchers, text) {
    await this.#knock.workflows.trigger('new-comment', { recipients: watchers, actor: author, data: { text } });
  }

  async open(user) {
    for await (const message of this.#knock.users.listMessages(user, { source: 'new-comment' })) {
      await this.#knock.messages.markAsRead(message.id);
    }
  }
}
