// A page with Knock's bell and feed. It tells its own server what it shows, and opens the feed once the bell has a number.
import { useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { KnockFeedProvider, KnockProvider, NotificationFeedPopover, NotificationIconButton } from '@knocklabs/react';

const { host, feed } = Object.fromEntries(new URLSearchParams(location.search));

function Bell() {
  const [isOpen, setOpen] = useState(false);
  const button = useRef(null);
  return (
    <>
      <NotificationIconButton ref={button} onClick={() => setOpen(!isOpen)} />
      <NotificationFeedPopover buttonRef={button} isVisible={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <KnockProvider apiKey="pk_test_x" user={{ id: 'jane', name: 'Jane' }} host={host}>
    <KnockFeedProvider feedId={feed}>
      <Bell />
    </KnockFeedProvider>
  </KnockProvider>,
);

let told;
let hasOpened = false;
new MutationObserver(() => {
  const badge = document.querySelector('.rnf-unseen-badge__count')?.textContent ?? '';
  const items = [...document.querySelectorAll('.rnf-notification-cell__content')].map((one) => one.textContent);
  if (badge && !hasOpened) {
    hasOpened = true;
    document.querySelector('.rnf-notification-icon-button').click();
  }
  const shown = JSON.stringify({ badge, items });
  if (shown !== told) fetch('/shown', { method: 'POST', body: (told = shown) });
}).observe(document.body, { subtree: true, childList: true, characterData: true });
