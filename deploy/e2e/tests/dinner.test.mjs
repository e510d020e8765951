// A dinner in one shop, in Chromium, against the real programs as `deploy/demo` starts them: three rooms, two
// wristbands, two stations, the pass, the front desk; and the reset hour in the middle of it.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../browser.mjs';
import { Demo, until } from '../demo.mjs';

const results = fileURLToPath(new URL('../test-results/', import.meta.url));
const LATE = '2027-03-28T02:44:00+08:00';
/** Half of what dumplings may take: from here on a pad offers to ask for them. */
const HUNGRY = '2027-03-28T02:52:00+08:00';
const RESET_HOUR = '2027-03-28T03:00:00+08:00';

describe('a dinner over the reset hour', () => {
  let demo, browser;
  const pads = {};
  let wok, cold, expo, cashier, call;

  before(async () => {
    await mkdir(results, { recursive: true });
    demo = await Demo.prepare();
    await demo.setClock(LATE);
    await demo.open();
    browser = await openBrowser();
    const pad = { width: 1280, height: 800 };
    pads[801] = await openPage(demo.addresses.pad, pad);
    pads[802] = await openPage(demo.addresses.pad_802, pad);
    pads[803] = await openPage(demo.addresses.pad_803, pad);
    wok = await openPage(demo.addresses.kitchen_wok, { width: 1920, height: 1080 });
    cold = await openPage(demo.addresses.kitchen_cold, { width: 1920, height: 1080 });
    expo = await openPage(demo.addresses.expo, { width: 1920, height: 1080 });
    call = await openPage(demo.addresses.call, { width: 1920, height: 1080 });
    cashier = await openPage(demo.addresses.cashier, { width: 1440, height: 900 });
    await cashier.getByTestId('new-order-open').waitFor();
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
    await demo?.remove();
  });

  test('station_each_sees_its_own_and_what_it_stands_in_for', async () => {
    await caution(pads[801], '花生过敏');
    await order(pads[801], [['gongbaojiding', 3], ['paihuanggua', 1]]);
    await pads[801].getByTestId('order-number').getByText('#01').waitFor();
    await order(pads[802], [['gongbaojiding', 2], ['hongshaorou', 1, 'hold']]);
    await pads[802].getByTestId('order-number').getByText('#02').waitFor();
    await order(pads[803], [['shuijiao', 1]]);
    await pads[803].getByTestId('order-number').getByText('#03').waitFor();
    await orderAtDesk('17', 'kele', 2);
    await orderAtDesk('18', 'mapodoufu', 1);

    await lineOf(wok, 1, '宫保鸡丁').getByTestId('caution').getByText('花生过敏').waitFor();
    await lineOf(wok, 3, '水饺').getByTestId('backup').waitFor();
    await lineOf(wok, 5, '麻婆豆腐').waitFor();
    await lineOf(cold, 1, '拍黄瓜').waitFor();
    await lineOf(cold, 4, '可乐').waitFor();
    assert.equal(await ticket(cold, 3).count(), 0, 'dumplings are the business of the wok tonight');
    assert.equal(await wok.getByText('拍黄瓜').count(), 0);
    await screenshot(wok, 'dinner-1-wok');
    await screenshot(cold, 'dinner-1-cold');
    await screenshot(cashier, 'dinner-1-cashier');
  });

  test('hold_and_fire_what_is_held_waits_for_its_guest', async () => {
    await lineOf(wok, 2, '红烧肉', 'held').waitFor();
    await pads[802].getByTestId('fire-line').click();
    await lineOf(wok, 2, '红烧肉', 'waiting').waitFor();
    await pads[802].locator('[data-testid="progress-line"][data-state="waiting"]').nth(1).waitFor();
  });

  test('split_two_of_three_are_made_first', async () => {
    await step(wok, 1, '宫保鸡丁', 'cooking');
    await lineOf(wok, 1, '宫保鸡丁').getByTestId('line-more').click();
    await wok.getByTestId('portions-2').click();
    await wok.getByTestId('do-finish_cooking').click();
    await lineOf(wok, 1, '宫保鸡丁', 'ready').waitFor();
    await lineOf(wok, 1, '宫保鸡丁', 'cooking').waitFor();
    const portions = await ticket(wok, 1).locator('[data-testid="line"] .number').allInnerTexts();
    assert.deepEqual(portions.map((text) => text.replace(/\s/g, '')).sort(), ['1×', '2×']);
    await screenshot(wok, 'dinner-2-split');
  });

  test('rush_is_seen_until_the_cook_says_so', async () => {
    await demo.setClock(HUNGRY);
    await pads[803].getByTestId('rush').click();
    await pads[803].getByTestId('rushed').waitFor();
    const rush = ticket(wok, 3).getByTestId('rush');
    await rush.getByText('催×1').waitFor();
    await screenshot(wok, 'dinner-3-rush');
    await rush.click();
    await rush.waitFor({ state: 'detached' });
  });

  test('void_needs_the_manager_and_the_cook_has_to_see_it', async () => {
    await step(wok, 5, '麻婆豆腐', 'cooking');
    await select(5);
    const line = cashier.locator('[data-testid="order-detail"] [data-testid="line"]').first();
    await line.getByTestId('more-acts').click();
    await line.getByTestId('void-line').click();
    const dialog = cashier.getByTestId('take-back');
    await dialog.locator('input[name="reason"]').first().check({ force: true });
    await dialog.getByTestId('pin').fill(demo.addresses.pin === '000000' ? '111111' : '000000');
    await dialog.getByTestId('take-back-go').click();
    await dialog.getByTestId('refusal').waitFor();
    await dialog.getByTestId('pin').fill(demo.addresses.pin);
    await dialog.getByTestId('take-back-go').click();
    await dialog.waitFor({ state: 'detached' });

    const voided = lineOf(wok, 5, '麻婆豆腐', 'voided');
    await voided.waitFor();
    await screenshot(wok, 'dinner-4-void');
    await voided.getByTestId('line-next').click();
    await ticket(wok, 5).waitFor({ state: 'detached' });
  });

  test('move_a_guest_and_join_another', async () => {
    await select(3);
    await cashier.getByTestId('move').click();
    await cashier.getByTestId('move-label').fill('804');
    await cashier.getByTestId('move-ask').click();
    await cashier.getByTestId('move-go').click();
    await ticket(wok, 3).getByTestId('moved').getByText('804').waitFor();
    await pads[803].getByTestId('order').waitFor({ state: 'detached' });

    await select(3);
    await cashier.getByTestId('move').click();
    await cashier.getByTestId('move-label').fill('801');
    await cashier.getByTestId('move-ask').click();
    await screenshot(cashier, 'dinner-5-join');
    await cashier.getByTestId('move-go').click();
    await until('both orders on the pad of 801', 30, async () => (await pads[801].getByTestId('order').count()) === 2);
    await ticket(wok, 3).getByText('801').first().waitFor();
  });

  test('bump_bar_a_cook_works_without_a_touch', async () => {
    const drinks = lineOf(cold, 4, '可乐');
    await ticket(cold, 4).locator('.hotkey').waitFor();
    await cold.keyboard.press((await ticket(cold, 4).locator('.hotkey').innerText()).trim());
    await cold.keyboard.press('Enter');
    await drinks.and(cold.locator('[data-state="cooking"]')).waitFor();
    await cold.keyboard.press('Enter');
    await drinks.and(cold.locator('[data-state="ready"]')).waitFor();
    await cold.keyboard.press('Backspace');
    await drinks.and(cold.locator('[data-state="cooking"]')).waitFor();
  });

  test('sold_out_reaches_pads_and_baskets', async () => {
    await putInBasket(pads[802], 'suanmeitang', 2);
    await cold.getByTestId('sold-out-open').click();
    await cold.locator('[data-testid="sold-out-toggle"][data-dish="suanmeitang"]').click();
    await pads[802].locator('[data-testid="basket-line"][data-trouble]').first().waitFor();
    await pads[801].locator('[data-testid="dish-card"][data-dish="suanmeitang"][data-stock="out"]').waitFor();
    await screenshot(cold, 'dinner-6-sold-out');
    await screenshot(pads[802], 'dinner-6-pad');
    await cold.getByTestId('sheet-close').first().click();
  });

  test('recall_a_dish_that_was_sent_out_too_soon', async () => {
    const room = expo.locator('[data-testid="room"][data-guest="801"]');
    await screenshot(expo, 'dinner-7-expo-before');
    const made = room.locator('[data-testid="line"][data-state="ready"]').first();
    await made.getByTestId('line-next').click();
    await pads[801].locator('[data-testid="progress-line"][data-state="picked_up"]').first().waitFor();
    await expo.getByTestId('recall-open').click();
    await screenshot(expo, 'dinner-7-recall');
    await expo.getByTestId('recall-line').first().getByTestId('recall').click();
    await expo.getByTestId('sheet-close').first().click();
    await made.waitFor();
    await screenshot(expo, 'dinner-7-expo');
  });

  test('k9_a_room_is_cleaned_while_something_cooks', async () => {
    await step(wok, 2, '宫保鸡丁', 'cooking');
    await select(2);
    await cashier.getByTestId('guest-left').click();
    const question = cashier.getByTestId('confirm');
    await question.getByText('宫保鸡丁').first().waitFor();
    await screenshot(cashier, 'dinner-8-cleaning');
    await question.getByTestId('confirm-go').click();
    await pads[802].getByTestId('order').waitFor({ state: 'detached' });
    const alarm = wok.getByTestId('left-behind-alarm');
    await alarm.waitFor();
    await screenshot(wok, 'dinner-8-left-behind');
    await alarm.click();
    await ticket(wok, 2).waitFor({ state: 'detached' });
  });

  test('k2_numbers_begin_anew_at_the_reset_hour_and_what_is_open_is_yesterdays', async () => {
    await order(pads[802], [['mifan', 1]]);
    await pads[802].getByTestId('order-number').getByText('#06').waitFor();
    await demo.setClock(RESET_HOUR);
    await pads[801].locator('[data-testid="dish-card"][data-dish="suanmeitang"][data-stock="out"]').waitFor({ state: 'detached' });
    await order(pads[803], [['suanmeitang', 1]]);
    await pads[803].getByTestId('order-number').getByText('#01').waitFor();
    await ticket(wok, 3).getByLabel('昨').or(ticket(wok, 3).locator('.yesterday')).first().waitFor();
    await order(pads[801], [['mifan', 1]]);
    await ticket(wok, 1).getByText('米饭').waitFor();
    await screenshot(wok, 'dinner-9-yesterday');
    await screenshot(call, 'dinner-9-call');
  });

  test('pages_axe_finds_nothing_serious_in_any_theme_or_language', async () => {
    // A device is in one place: its second page would take the place of its first.
    for (const page of [...Object.values(pads), wok, cold, expo, cashier, call]) await page.context().close();
    const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'zh-CN',
      // What slides in is looked at when it stands.
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(30_000);
    const found = [];
    for (const name of ['pad', 'kitchen', 'expo', 'call', 'speaker', 'staff', 'cashier', 'setup', 'times', 'messages', 'pair']) {
      const page = await context.newPage();
      for (const [theme, language] of [['light', 'zh'], ['dark', 'zh'], ['light', 'en'], ['dark', 'en']]) {
        await page.addInitScript(
          ([page, theme, language]) => {
            localStorage.setItem(`chuancai.${page}.theme`, theme);
            localStorage.setItem(`chuancai.${page}.language`, language);
          },
          [name, theme, language],
        );
        await page.goto(demo.addresses[name]);
        await page.reload();
        await page.locator('main').first().waitFor();
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        await screenshot(page, `page-${name}-${theme}-${language}`);
        for (const { id, impact, nodes } of violations) {
          if (impact === 'serious' || impact === 'critical') {
            found.push(`${name} ${theme} ${language}: ${id} ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
          }
        }
      }
      await page.close();
    }
    await context.close();
    assert.deepEqual(found, []);
  });

  async function openPage(address, viewport) {
    const context = await browser.newContext({ viewport, locale: 'zh-CN' });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  async function putInBasket(pad, dish, portions, later) {
    await pad.locator(`[data-testid="dish-card"][data-dish="${dish}"]`).click();
    const sheet = pad.getByTestId('dish-sheet');
    for (let more = 1; more < portions; more += 1) await sheet.getByTestId('more').click();
    if (later) await sheet.getByTestId('hold').check({ force: true });
    await sheet.getByTestId('dish-add').click();
    await sheet.waitFor({ state: 'detached' });
  }

  async function order(pad, dishes) {
    for (const [dish, portions, later] of dishes) await putInBasket(pad, dish, portions, later);
    await pad.getByTestId('basket').first().getByTestId('basket-submit').click();
  }

  /** Says once, for all that this guest orders, what must not be in it. */
  async function caution(pad, name) {
    await pad.getByTestId('cautions').first().click();
    const sheet = pad.getByTestId('cautions-sheet');
    await sheet.getByTestId('caution').filter({ hasText: name }).click();
    await sheet.getByTestId('cautions-done').click();
  }

  async function orderAtDesk(wristband, dish, portions) {
    await cashier.getByTestId('new-order-open').click();
    const form = cashier.getByTestId('new-order');
    await form.getByTestId('guest-input').fill(wristband);
    await form.getByTestId('dish-search').fill(dish);
    await form.getByTestId('found-dish').first().click();
    await form.getByTestId('quantity').fill(`${portions}`);
    await form.getByTestId('add-line').click();
    await form.getByTestId('basket-submit').click();
    await form.waitFor({ state: 'detached' });
  }

  async function select(number) {
    await cashier.locator(`[data-testid="order-row"][data-number="${number}"]`).first().click();
    await cashier.getByTestId('order-detail').getByTestId('order-number').getByText(`#0${number}`).waitFor();
  }

  function ticket(screen, number) {
    return screen.locator(`[data-testid="ticket"][data-number="${number}"]`);
  }

  function lineOf(screen, number, dish, state) {
    const of = state ? `[data-state="${state}"]` : '';
    return ticket(screen, number).locator(`[data-testid="line"]${of}`).filter({ hasText: dish }).first();
  }

  /** Takes a line of the kitchen a step on and waits for where it should be. */
  async function step(screen, number, dish, state) {
    await lineOf(screen, number, dish).getByTestId('line-next').click();
    await lineOf(screen, number, dish, state).waitFor();
  }

  async function screenshot(page, name) {
    await page.screenshot({ path: `${results}${name}.png` });
  }
});
