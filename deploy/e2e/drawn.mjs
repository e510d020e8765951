// For `deploy/bench order-drawn`: a kitchen page in Chromium orders, and watches for the ticket. Prints, as JSON, the
// milliseconds of each order from its sending until the ticket is in the page, laid out. One clock, the page's own,
// measures both ends. The frame that brings it to the glass follows within 16.7 ms at 60 Hz and is not counted, as
// it was not for the peer.

import { openBrowser } from './browser.mjs';

const { CHUANCAI_BOX: box, CHUANCAI_KITCHEN: kitchen, CHUANCAI_CASHIER: cashier } = process.env;
const ORDERS = 400;
const WARM_UP = 50;

const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
await page.goto(`${box}/kitchen#${kitchen}`);
await page.getByTestId('empty').waitFor();
const times = await page.evaluate(measure, { cashier, count: ORDERS + WARM_UP });
await browser.close();
process.stdout.write(JSON.stringify(times.slice(WARM_UP)));

/** Runs in the page. */
async function measure({ cashier, count }) {
  const seenAt = new Map();
  const waiting = new Map();
  const look = () => {
    for (const ticket of document.querySelectorAll('[data-testid="ticket"]')) {
      const number = Number(ticket.dataset.number);
      if (seenAt.has(number) || ticket.getBoundingClientRect().height === 0) continue;
      seenAt.set(number, performance.now());
      waiting.get(number)?.();
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });

  const times = [];
  for (let turn = 0; turn < count; turn += 1) {
    const guest = { kind: 'wristband', wristband: `w${turn}` };
    const lines = [{ dish: 'shuijiao', quantity: 2 }];
    const sent = performance.now();
    const answer = await ask({ type: 'place_order', guest, lines });
    const number = answer.orders[0].number;
    if (!seenAt.has(number)) await new Promise((done) => waiting.set(number, done));
    times.push(seenAt.get(number) - sent);
    // The board stays as full as a quiet kitchen's, and no order lines up behind another.
    await ask({ type: 'return_wristband', wristband: guest.wristband });
    await new Promise((done) => setTimeout(done, 20 + Math.random() * 30));
  }
  return times;

  async function ask(command) {
    const response = await fetch(`/api/v1/requests/${crypto.randomUUID()}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${cashier}`, 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }
}
