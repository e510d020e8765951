// A brand's SMS from buying to expiry, in Chromium, against the real programs as `deploy/demo` starts them, with the
// stand-ins of WeChat Pay and of the carrier.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../browser.mjs';
import { Demo, until } from '../demo.mjs';

const results = fileURLToPath(new URL('../test-results/', import.meta.url));
/** Advertising may go out at noon. */
const NOON = '2027-04-10T12:00:00+08:00';
/** Every package that is bought on that day has been dead for a month by then. */
const LATER = '2028-05-20T12:00:00+08:00';
const GUESTS = 1_000;

describe('a brand\'s SMS from buying to expiry', () => {
  let demo, browser, owner, key;

  before(async () => {
    await mkdir(results, { recursive: true });
    demo = await Demo.prepare();
    await demo.setClock(NOON);
    await demo.open();
    browser = await openBrowser();
    owner = await signIn(NOON);
    key = JSON.parse(await readFile(join(demo.state, 'cloud.brand'), 'utf8')).api_key;
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
    await demo?.remove();
  });

  test('s1_a_package_is_bought_by_scanning', async () => {
    await go('top-up');
    await owner.getByTestId('offer-sms_1000').getByRole('button').click();
    await owner.getByTestId('qr').waitFor();
    await screenshot('sms-1-checkout');
    const wallet = await browser.newPage();
    await wallet.goto(`http://127.0.0.1:${demo.environment.CHUANCAI_DEMO_PORT_PAYMENT}/`);
    await wallet.getByRole('button').first().click();
    await owner.locator('[data-testid="checkout"][data-state="paid"]').waitFor();
    await wallet.close();
    await go('sms');
    await value('sms-available', 2_000);
    assert.equal(await owner.getByTestId('package-row').count(), 2);
  });

  test('s9_a_code_does_not_wait_for_a_thousand_texts', async () => {
    const [batch, code] = [randomUUID(), randomUUID()];
    const phones = Array.from({ length: GUESTS }, (_, at) => `1390000${5_000 + at}`);
    await ask('PUT', `batches/${batch}`, { kind: 'marketing', text: '周末新菜八折', phones });
    await ask('PUT', `messages/${code}`, { kind: 'verification', phone: '13800007001', text: '验证码1234' });
    await until('the code to arrive', 20, async () => (await ask('GET', `messages/${code}`)).state === 'delivered');
    const left = (await ask('GET', `batches/${batch}`)).counts;
    assert.ok((left.delivered ?? 0) < GUESTS, `the code was the last to arrive: ${JSON.stringify(left)}`);
    await until('all texts to arrive', 60, async () => {
      const { counts } = await ask('GET', `batches/${batch}`);
      return counts.delivered === GUESTS;
    });
    await value('sms-available', 2_000 - GUESTS - 1);
    await value('books-sent', GUESTS + 1);
    await owner.locator('[data-testid="books-verdict"][data-off="0"]').waitFor();
    await go('sms?kind=verification');
    await owner.locator(`[data-testid="message-row"][data-message="${code}"][data-state="delivered"]`).click();
    await owner.getByTestId('message-timeline').waitFor();
    await screenshot('sms-2-messages');
  });

  test('the_figures_show_where_the_units_went_and_the_list_is_exported', async () => {
    await go('sms/figures');
    await owner.getByTestId('burn-down').waitFor();
    await owner.getByTestId('carrier-row').first().waitFor();
    await owner.getByTestId('shop-row').first().waitFor();
    await screenshot('sms-3-figures');
    await go('sms');
    const saved = owner.waitForEvent('download');
    await owner.getByTestId('export').click();
    const text = await readFile(await (await saved).path(), 'utf8');
    assert.equal(text.trim().split('\n').length, 1 + GUESTS + 1, text.slice(0, 300));
    assert.doesNotMatch(text, /1390000\d{4}/, 'numbers are masked');
  });

  test('s2_packages_die_with_their_day_however_long_the_service_was_away', async () => {
    await owner.context().close();
    assert.equal(await demo.close(), 0);
    assert.match(await demo.askCloud('audit'), /^the books balance/);
    await demo.setClock(LATER);
    await demo.open();
    owner = await signIn(LATER);
    await go('sms');
    await value('sms-available', 0);
    await value('books-expired', 2_000 - GUESTS - 1);
    await owner.locator('[data-testid="books-verdict"][data-off="0"]').waitFor();
    await screenshot('sms-4-expired');
    const refused = await request('PUT', `messages/${randomUUID()}`, {
      kind: 'verification', phone: '13800007001', text: '验证码1234',
    });
    assert.deepEqual([refused.status, (await refused.json()).code], [409, 'insufficient_units']);
    await owner.context().close();
    assert.equal(await demo.close(), 0);
    assert.match(await demo.askCloud('audit'), /^the books balance/);
  });

  async function signIn(shows) {
    const { password } = JSON.parse(await readFile(join(demo.state, 'cloud.user'), 'utf8'));
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'zh-CN' });
    const page = await context.newPage();
    await page.clock.setFixedTime(shows);
    page.setDefaultTimeout(30_000);
    await page.goto(demo.addresses.dashboard);
    await page.getByTestId('sign-in-user').fill('owner');
    await page.getByTestId('sign-in-password').fill(password);
    await page.getByTestId('sign-in-submit').click();
    await page.getByTestId('sign-out').first().waitFor();
    return page;
  }

  async function go(page) {
    await owner.goto(`${new URL(demo.addresses.dashboard).origin}/#/${page}`);
  }

  /** A figure of the page shows this many. */
  async function value(figure, count) {
    await owner.locator(`[data-testid="${figure}"][data-value="${count}"]`).waitFor();
  }

  async function request(method, path, body) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const address = `${new URL(demo.addresses.dashboard).origin}/api/v1/sms/${path}`;
    return await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  }

  async function ask(method, path, body) {
    const answer = await request(method, path, body);
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return await answer.json();
  }

  async function screenshot(name) {
    await owner.screenshot({ path: join(results, `${name}.png`), fullPage: true });
  }
});
