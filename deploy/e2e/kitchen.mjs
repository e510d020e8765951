// For `deploy/bench kitchen-page`: a kitchen page in Chromium at 1920×1080 with 1,000 open lines. Prints, as JSON,
// how many frames it draws in a rush beside a blank page, its longest task, and its heap and nodes before and after
// the messages of twelve hours, which come as fast as the box takes them. Orders and steps are sent from here, not
// from the page, so that only what a kitchen screen does is measured.

import { openBrowser } from './browser.mjs';

const { CHUANCAI_BOX: box, CHUANCAI_KITCHEN: kitchen, CHUANCAI_CASHIER: cashier } = process.env;
const LINES_AN_ORDER = 4;
const ORDERS_OPEN = 250;
// Twelve hours of a busy shop: 42 orders an hour, each placed, four lines worked and closed in 14 messages.
const ORDERS_OF_A_DAY = 500;
const WARM_UP = 20;
// A rush: ten messages a second, for so long, on either page in turns.
const RUSH_MS = 5_000;
const RUSH_EVERY_MS = 100;
const RUSHES = 3;

const open = [];
let guests = 0;

const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
const blank = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
while (open.length < ORDERS_OPEN) await order();
await page.goto(`${box}/kitchen#${kitchen}`);
await page.getByTestId('line').first().waitFor();
await page.evaluate(watchTasks);

const [ours, floor] = [[], []];
for (let turn = 0; turn < RUSHES; turn += 1) {
  ours.push(await framesInARush(page));
  floor.push(await framesInARush(blank));
}
await page.bringToFront();
const longest = await page.evaluate(() => globalThis.longestTask);
await serve(WARM_UP);
const before = await sizeOf(page);
await serve(ORDERS_OF_A_DAY);
const after = await sizeOf(page);
await browser.close();

process.stdout.write(
  JSON.stringify({
    frames: median(ours),
    frames_blank: median(floor),
    longest_task_ms: longest,
    heap: after.heap,
    heap_before: before.heap,
    nodes: after.nodes,
    nodes_before: before.nodes,
  }),
);

async function order() {
  guests += 1;
  const wristband = `w${guests}`;
  const lines = Array.from({ length: LINES_AN_ORDER }, () => ({ dish: 'shuijiao', quantity: 2 }));
  const answer = await ask({ type: 'place_order', guest: { kind: 'wristband', wristband }, lines });
  open.push({ wristband, lines: answer.orders[0].lines.map((line) => line.line) });
}

/** The steps of the oldest order, to its end. */
function* stepsOfOldest() {
  const { wristband, lines } = open.shift();
  for (const type of ['start_cooking', 'finish_cooking', 'pick_up']) {
    for (const line of lines) yield { type, line };
  }
  yield { type: 'return_wristband', wristband };
}

/** So many orders come and as many go. */
async function serve(orders) {
  for (let turn = 0; turn < orders; turn += 1) {
    await order();
    for (const step of stepsOfOldest()) await ask(step);
  }
}

/** Orders come and lines move at the rush's pace, until told to stop. */
async function rush(signal) {
  let steps = [];
  while (!signal.aborted) {
    const began = performance.now();
    if (steps.length === 0) {
      await order();
      steps = [...stepsOfOldest()];
    } else {
      await ask(steps.shift());
    }
    await new Promise((done) => setTimeout(done, Math.max(0, RUSH_EVERY_MS - (performance.now() - began))));
  }
  for (const step of steps) await ask(step);
}

async function framesInARush(watched) {
  const ending = new AbortController();
  await watched.bringToFront();
  const rushing = rush(ending.signal);
  const frames = await watched.evaluate(countFrames, RUSH_MS);
  ending.abort();
  await rushing;
  return frames;
}

async function sizeOf(watched) {
  const session = await watched.context().newCDPSession(watched);
  await session.send('Performance.enable');
  // Twice: what the first collection finalises is let go by the second.
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return { heap: usedSize / 2 ** 20, nodes: metrics.find((metric) => metric.name === 'Nodes').value };
}

async function ask(command) {
  const response = await fetch(`${box}/api/v1/requests/${crypto.randomUUID()}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${cashier}`, 'content-type': 'application/json' },
    body: JSON.stringify(command),
  });
  if (!response.ok) throw new Error(`${command.type}: ${await response.text()}`);
  return await response.json();
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

/** Runs in the page: frames in a second, over so many milliseconds. */
function countFrames(milliseconds) {
  return new Promise((done) => {
    let [began, frames] = [undefined, -1];
    const frame = (now) => {
      began ??= now;
      frames += 1;
      if (now - began < milliseconds) requestAnimationFrame(frame);
      else done((frames * 1_000) / (now - began));
    };
    requestAnimationFrame(frame);
  });
}

/** Runs in the page: keeps the longest task over 50 ms, which is where the browser begins to report them. */
function watchTasks() {
  globalThis.longestTask = 0;
  const note = (tasks) => {
    for (const task of tasks.getEntries()) globalThis.longestTask = Math.max(globalThis.longestTask, task.duration);
  };
  new PerformanceObserver(note).observe({ type: 'longtask' });
}
