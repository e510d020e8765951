// A new device, from its box to working, with nothing but the set-up page's help; then it is moved, hears, and is let
// go again. In Chromium, against the real programs as `deploy/demo` starts them.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../browser.mjs';
import { Demo } from '../demo.mjs';

const results = fileURLToPath(new URL('../test-results/', import.meta.url));
/** What the owner may take, reading and typing included; a script types faster, the programs do not. */
const TWO_MINUTES_MS = 120_000;

describe('a new device', () => {
  let demo, browser, setup, cashier;

  before(async () => {
    await mkdir(results, { recursive: true });
    demo = await Demo.prepare();
    await demo.open();
    browser = await openBrowser();
    setup = await openPage(demo.addresses.setup, { width: 1440, height: 900 });
    cashier = await openPage(demo.addresses.cashier, { width: 1440, height: 900 });
    await setup.getByTestId('to-devices').click();
    await setup.getByTestId('device-pad_801').waitFor();
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
    await demo?.remove();
  });

  test('m1_a_kitchen_screen_works_within_two_minutes_of_a_code', async () => {
    const began = Date.now();
    const { address, digits } = await offer('kitchen');
    await screenshot(setup, 'new-device-1-code');
    const screen = await openPage(address, { width: 1920, height: 1080 });
    for (const digit of digits) await screen.getByTestId(`digit-${digit}`).click();
    await screen.waitForURL('**/kitchen');
    await screen.getByTestId('empty').waitFor();
    await setup.getByTestId('pair-done').waitFor();
    assert.ok(Date.now() - began < TWO_MINUTES_MS);
    await screenshot(screen, 'new-device-2-kitchen');
    await screenshot(setup, 'new-device-3-done');
    await setup.getByTestId('pair-close').click();

    const late = await openPage(address, { width: 800, height: 1280 });
    await late.getByTestId('code').fill(digits);
    await late.getByTestId('trouble').waitFor();
    await screenshot(late, 'new-device-4-used-code');
  });

  test('m1_a_pad_is_moved_and_forgets_the_guest_of_its_old_room', async () => {
    const { address, digits } = await offer('pad', '805');
    const pad = await openPage(address, { width: 1280, height: 800 });
    await pad.getByTestId('code').fill(digits);
    await pad.waitForURL('**/pad');
    await setup.getByTestId('pair-close').click();
    await pad.locator('[data-testid="dish-card"][data-dish="shuijiao"]').click();
    await pad.getByTestId('dish-sheet').getByTestId('dish-add').click();
    await pad.getByTestId('basket').first().getByText('水饺').waitFor();

    const row = setup.getByTestId('device-pad_805');
    await row.getByTestId('move').click();
    await setup.getByTestId('move-room').fill('806');
    await setup.getByTestId('move-go').click();
    await row.getByText('806').waitFor();
    await pad.getByText('806').first().waitFor();
    await pad.getByTestId('basket').first().getByText('水饺').waitFor({ state: 'detached' });
    await screenshot(pad, 'new-device-5-moved-pad');
  });

  test('m1_a_device_that_is_let_go_is_out_at_once', async () => {
    const { address, digits } = await offer('staff');
    const phone = await openPage(address, { width: 390, height: 844 });
    await phone.getByTestId('code').fill(digits);
    await phone.waitForURL('**/staff');
    await phone.getByTestId('none').waitFor();
    await screenshot(phone, 'new-device-6-waiter');
    await setup.getByTestId('pair-close').click();
    await setup.getByTestId('device-staff_2').getByTestId('revoke').click();
    await setup.locator('.van-dialog__confirm').click();
    await phone.getByTestId('phase-rejected').waitFor();
    await screenshot(phone, 'new-device-7-let-go');
  });

  test('k3_m9_what_a_guest_with_a_wristband_orders_reaches_the_cashier_and_stands_in_the_log', async () => {
    await cashier.getByTestId('new-order-open').click();
    const form = cashier.getByTestId('new-order');
    await form.getByTestId('guest-input').fill('17');
    await form.getByTestId('dish-search').fill('kele');
    await form.getByTestId('found-dish').first().click();
    await form.getByTestId('add-line').click();
    await form.getByTestId('basket-submit').click();
    await cashier.getByTestId('message').getByText('手牌17').waitFor();
    await screenshot(cashier, 'new-device-8-cashier');

    const log = await cashier.context().newPage();
    await log.goto(new URL('/messages', demo.addresses.cashier).href);
    const record = log.getByTestId('records').locator('> li').filter({ hasText: '手牌17' });
    await record.first().waitFor();
    assert.equal(await record.count(), 1, 'for the cashiers, and nobody else (K3)');
    await screenshot(log, 'new-device-9-log');
  });

  test('m3_m6_settings_are_heard_before_they_are_saved_and_bad_ones_are_not', async () => {
    await setup.getByTestId('to-announcements').click();
    await setup.getByTestId('edit-order_placed.room.speaker').click();
    const heard = setup.waitForResponse((answer) => answer.url().includes('/voice/preview'), { timeout: 90_000 });
    await setup.getByTestId('rule-editor').getByTestId('listen').click();
    const answer = await heard;
    assert.equal(answer.status(), 200);
    assert.equal(answer.headers()['content-type'], 'audio/wav');
    await screenshot(setup, 'new-device-10-announcement');
  });

  /** Lets the set-up page offer a place to a new device: the address to open on it, and the digits to type. */
  async function offer(role, room) {
    await setup.getByTestId('add-device').click();
    await setup.getByTestId(`role-${role}`).click();
    if (room) await setup.getByTestId('pair-room').fill(room);
    await setup.getByTestId('pair-go').click();
    const address = await setup.getByTestId('pair-address').innerText();
    const digits = (await setup.getByTestId('pair-digits').innerText()).replace(/\D/g, '');
    assert.equal(digits.length, 8);
    return { address: address.startsWith('http') ? address : `http://${address}`, digits };
  }

  async function openPage(address, viewport) {
    const context = await browser.newContext({ viewport, locale: 'zh-CN' });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  async function screenshot(page, name) {
    await page.screenshot({ path: `${results}${name}.png` });
  }
});
