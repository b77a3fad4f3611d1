// Starts knock-fake for a test run, and controls it: all that a test suite needs, and no dependency.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Fake {
  #process;

  static async start(...options) {
    const command = process.env.KNOCK_FAKE ?? 'knock-fake';
    const child = spawn(command, ['serve', '--port', '0', '--clock', 'manual', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = line.match(/ready at (\S+)/);
      if (ready) return new Fake(child, ready[1]);
    }
    throw new Error('knock-fake did not start');
  }

  constructor(child, url) {
    this.#process = child;
    this.url = url;
  }

  stop() {
    this.#process.kill();
  }

  // Control, for the world of one API key. What is refused says why.
  async #call(key, method, path, body) {
    const response = await fetch(`${this.url}/_fake${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const answer = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new Error(answer.message);
    return answer;
  }

  world(key) {
    return {
      key,
      reset: () => this.#call(key, 'DELETE', `/worlds/${key}`),
      advance: (duration) => this.#call(key, 'POST', '/clock/advance', { duration }),
      one: async (collection, filters) =>
        (await this.#call(key, 'POST', `/ask/${collection}`, { expect: 'one', filters })).entries[0],
      all: async (collection, filters = {}) =>
        (await this.#call(key, 'POST', `/ask/${collection}`, { filters })).entries,
      none: (collection, filters) => this.#call(key, 'POST', `/ask/${collection}`, { expect: 'none', filters }),
    };
  }
}
