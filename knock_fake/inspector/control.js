// The way to the control plane, below the place that this page is served from.

const ROOT = new URL('../', import.meta.url);
const TOKEN = 'knock_fake token';
const WORLD = 'knock_fake world';

export const world = {
  get name() {
    return sessionStorage.getItem(WORLD);
  },
  set name(name) {
    sessionStorage.setItem(WORLD, name);
  },
};

export const token = {
  set value(value) {
    sessionStorage.setItem(TOKEN, value);
  },
};

export class Refusal extends Error {
  constructor(status, answer) {
    super(answer?.message ?? `the server answered with ${status}`);
    this.status = status;
  }
}

// Returns the decoded answer, null where there is none; throws a Refusal, or a TypeError when nobody answers.
export async function ask(method, path, { query = {}, body } = {}) {
  const url = new URL(`_fake${path}`, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  const response = await fetch(url, { method, headers: headers(), body: body && JSON.stringify(body), cache: 'no-store' });
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null; // what stands in front of the server may answer with a page of its own
  }
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

export const get = (path, query) => ask('GET', path, { query });
export const post = (path, body) => ask('POST', path, { body });

function headers() {
  const sent = { 'content-type': 'application/json' };
  const known = sessionStorage.getItem(TOKEN);
  if (known) sent['x-knock-fake-token'] = known;
  if (world.name) sent.authorization = `Bearer sk_${world.name}`;
  return sent;
}

export const part = encodeURIComponent;
