// Frames for HTML that an application sent: without scripts, forms or an origin, and without images until asked for.

import { button, h } from './dom.js';

const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox'; // so that links open in a window of their own
const PLAIN = 'body{font:15px/1.5 system-ui,sans-serif;margin:12px}p:first-child{margin-top:0}p:last-child{margin-bottom:0}';

function guarded(html, style, images) {
  const from = images ? 'data: http: https:' : 'data:';
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src ${from}; font-src ${from}; form-action 'none'`;
  const head = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank">`;
  return `<!doctype html>${head}${style ? `<style>${style}</style>` : ''}${html}`;
}

// A page as it was sent, such as an email.
export function pageFrame(html) {
  const holder = h('div', { class: 'frame' });
  const bar = h('p', { class: 'bar' });
  const show = (images) => {
    holder.replaceChildren(frame(guarded(html, '', images), 'The HTML of the message'));
    const told = images ? 'Images are loaded.' : 'Images from elsewhere are left out: loading one can count as opening the email.';
    bar.replaceChildren(told, ' ', button(images ? 'Leave them out' : 'Load them', () => show(!images)));
  };
  show(false);
  return h('div', {}, holder, /<img|url\(|background=/i.test(html) ? bar : null);
}

// A piece of a page, such as the blocks of a feed item.
export const pieceFrame = (html) => h('div', { class: 'frame piece' }, frame(guarded(html, PLAIN, false), 'The item as a feed shows it'));

function frame(srcdoc, title) {
  const element = h('iframe', { sandbox: SANDBOX, referrerpolicy: 'no-referrer', title });
  element.srcdoc = srcdoc;
  return element;
}
