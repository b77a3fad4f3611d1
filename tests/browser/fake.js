// A world of its own for each test, controlled over HTTP, and Knock's browser client in Node.
import WebSocket from 'ws';

// Sockets that are open, each with what it has sent and is not answered yet.
const sockets = new Set();
globalThis.WebSocket = class extends WebSocket {
  unanswered = new Set();

  constructor(...given) {
    super(...given);
    sockets.add(this);
    this.addEventListener('message', ({ data }) => this.unanswered.delete(JSON.parse(data)[1]));
    this.addEventListener('close', () => sockets.delete(this));
  }

  send(data) {
    this.unanswered.add(JSON.parse(data)[1]);
    super.send(data);
  }
};
const isAnswered = () => [...sockets].every((socket) => socket.unanswered.size === 0);
globalThis.window = globalThis; // the client opens a socket only where there is a window

export const FEED = '55555555-5555-4555-8555-555555555555';
export const GUIDES = '77777777-7777-4777-8777-777777777777';
export const host = process.env.KNOCK_BASE_URL;

export class World {
  constructor(name) {
    this.publicKey = `pk_test_${name}`;
    this.secretKey = `sk_test_${name}`;
  }

  async call(method, path, body) {
    const response = await fetch(host + path, {
      method,
      headers: { authorization: `Bearer ${this.secretKey}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const answer = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  trigger(data = {}, more = {}) {
    return this.call('POST', '/v1/workflows/hello/trigger', { recipients: ['jane'], data, ...more });
  }

  async topics() {
    const { connections } = await this.call('GET', '/_fake/realtime');
    return connections.flatMap((connection) => connection.topics);
  }

  // Until so many topics are joined, and everything sent is answered; the test's own time limit ends a vain wait.
  async joined(count = 1) {
    while ((await this.topics()).length !== count || !isAnswered()) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

// The next event of a feed, with its items' texts.
export function next(feed, event = 'items.received.realtime') {
  return new Promise((resolve) => {
    const take = ({ items, metadata }) => {
      feed.off(event, take);
      resolve({ texts: items.map((item) => item.blocks[0].rendered), metadata });
    };
    feed.on(event, take);
  });
}
