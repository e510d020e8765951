import type { LineView, StationCover } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { alarms } from '../src/kitchen/alarms';
import { cardAction, CardMaker, rowAction, roundStarts } from '../src/kitchen/cards';
import type { Row } from '../src/kitchen/cards';
import { bind, functionOf, keyOf, keySign, readKeys, USUAL_KEYS } from '../src/kitchen/keymap';
import { Floor, placeBlocks } from '../src/kitchen/layout';
import { news } from '../src/kitchen/news';
import { portionsAt, share } from '../src/kitchen/portions';
import { recallable, recallCommand, undoCommand } from '../src/kitchen/recall';
import { coverKey, routing } from '../src/routing';
import { AT, AT_MS, line, order } from './sample';

const at = (seconds: number): string => new Date(AT_MS + seconds * 1000).toISOString();
const all = routing(null, []);
const NO_NEWS: ReadonlySet<string> = new Set();
const maker = (route = all, before?: CardMaker) => new CardMaker(route, NO_NEWS, before);
const ids = (rows: readonly Row[]): string[] => rows.map((row) => row.line.line);

describe('the stations', () => {
  const cover: StationCover[] = [
    { station: 'wok', shown_by: 'wok', in_tray: false },
    { station: 'cold', shown_by: 'wok', in_tray: false },
    { station: 'steam', in_tray: true },
    { station: 'bar', shown_by: 'bar', in_tray: false },
    { station: 'grill', in_tray: false },
  ];
  const at = (...stations: string[]): LineView => line('a', 'waiting', { stations });

  it('show their own and, marked, what they stand in for', () => {
    const wok = routing('wok', cover);
    expect(wok(at('wok'))).toEqual({ kind: 'own' });
    expect(wok(at('cold'))).toEqual({ kind: 'backup', station: 'cold' });
    expect(wok(at('cold', 'wok'))).toEqual({ kind: 'own' });
    expect(wok(at('bar'))).toBeNull();
    expect(routing('cold', cover)(at('cold'))).toBeNull();
    // Only a screen of the whole kitchen is there for it.
    expect(wok(at('grill'))).toBeNull();
    expect(routing(null, cover)(at('grill'))).toEqual({ kind: 'own' });
  });

  it('all show what nobody shows', () => {
    for (const station of ['wok', 'cold', 'bar', 'elsewhere', null]) {
      const route = routing(station, cover);
      for (const lost of [at(), at('steam'), at('gone'), at('wok', 'steam')]) {
        expect(route(lost)).toEqual({ kind: 'unrouted' });
      }
    }
  });

  it('show every line on one screen at least, whoever is there', () => {
    const names = ['wok', 'cold', 'steam'];
    for (let alive = 0; alive < 8; alive += 1) {
      const there = names.filter((_, index) => alive & (1 << index));
      const now = names.map((station) => {
        const shown_by = there.includes(station) ? station : there[0];
        return { station, shown_by, in_tray: there.length === 0 };
      });
      for (const station of names) {
        const screens = there.map((screen) => routing(screen, now));
        expect(screens.some((route) => route(at(station))) || there.length === 0).toBe(true);
      }
    }
  });

  it('are no matter where there is no plan', () => {
    expect(routing('wok', [])(at())).toEqual({ kind: 'own' });
    expect(coverKey(cover)).toBe(coverKey([...cover]));
    expect(coverKey(cover)).not.toBe(coverKey(cover.slice(1)));
  });
});

describe('cards of orders', () => {
  const served = order('1', 1, { lines: [line('a', 'picked_up'), line('b', 'cancelled')] });
  const half = order('2', 1, { lines: [line('c', 'picked_up'), line('d'), line('e', 'waiting', { round: 1 })] });

  it('k1_show_additions_apart_under_the_same_number', () => {
    const cards = maker().byOrder([served, half]);
    expect(cards.map((card) => card.order.number)).toEqual([2]);
    expect(ids(cards[0].rows)).toEqual(['c', 'd', 'e']);
    expect(cards[0].rows.map((_, index) => roundStarts(cards[0].rows, index))).toEqual([null, null, 1]);
  });

  it('k8_show_a_cancelled_line_while_it_is_news', () => {
    const now = order('1', 2, { lines: [line('b', 'cancelled')] });
    expect(new CardMaker(all, new Set(['b'])).byOrder([now])).toHaveLength(1);
    expect(maker().byOrder([now])).toHaveLength(0);
  });

  it('keep a voided line until it was seen, and then drop it', () => {
    const voided = line('b', 'voided', { unseen: ['voided'] });
    const [card] = maker().byOrder([order('1', 1, { lines: [voided] })]);
    expect(rowAction(voided)).toBe('acknowledge');
    expect(cardAction(card.rows)?.action).toBe('acknowledge');
    expect(maker().byOrder([order('1', 2, { lines: [line('b', 'voided')] })])).toHaveLength(0);
  });

  it('k9_show_of_a_completed_order_only_what_was_left_behind', () => {
    const left = line('a', 'cooking', { unseen: ['left_behind'] });
    const cards = maker().byOrder([order('1', 1, { state: 'completed', lines: [left, line('b', 'ready')] })]);
    expect(ids(cards[0].rows)).toEqual(['a']);
    expect(alarms(cards, [], true).leftBehind.map(({ rows }) => ids(rows))).toEqual([['a']]);
  });

  it('put what is unrouted first, then what is to be cooked, made, and held', () => {
    const cover = [{ station: 'wok', shown_by: 'wok', in_tray: false }];
    const at = (state: LineView['state'], stations = ['wok']) => [line('x', state, { stations })];
    const orders = [
      order('1', 1, { lines: at('held') }),
      order('2', 1, { lines: at('ready') }),
      order('3', 1, { lines: at('waiting') }),
      order('4', 1, { lines: at('waiting', []) }),
    ];
    const cards = maker(routing('wok', cover)).byOrder(orders);
    expect(cards.map((card) => card.order.number)).toEqual([4, 3, 2, 1]);
    expect(alarms(cards, [], true).unrouted).toBe(1);
  });

  it('count what was held from its firing', () => {
    const fired = order('1', 1, { lines: [line('a', 'waiting', { held: true, due_from: at(600) })] });
    const younger = order('2', 1, { lines: [line('b', 'waiting', { due_from: at(300) })] });
    expect(
      maker()
        .byOrder([fired, younger])
        .map((card) => card.order.number),
    ).toEqual([2, 1]);
  });

  it('are taken on with those furthest behind, and fired only when nothing else is left', () => {
    const rows = (...lines: LineView[]) => maker().byOrder([order('1', 1, { lines })])[0].rows;
    const mixed = cardAction(rows(line('a', 'cooking'), line('b'), line('c', 'ready'), line('d'), line('h', 'held')));
    expect([mixed?.action, ids(mixed?.rows ?? [])]).toEqual(['start_cooking', ['b', 'd']]);
    expect(cardAction(rows(line('p', 'picked_up'), line('h', 'held')))?.action).toBe('fire');
  });

  it('that did not change stay the same, so that they are not drawn again', () => {
    const first = maker();
    const before = first.byOrder([half]);
    const after = maker(all, first).byOrder([half, order('3', 5)]);
    expect(after[0]).toBe(before[0]);
  });
});

describe('cards of dishes', () => {
  const room = (name: string, lines: LineView[], number: number) =>
    order(String(number), 1, { number, guest: { kind: 'room', room: name }, lines });
  const orders = [
    room('801', [line('a', 'waiting', { quantity: 2, due_from: at(60) })], 1),
    room('802', [line('b', 'cooking', { due_from: at(0) }), line('n', 'waiting', { note: '少盐' })], 2),
    room('803', [line('c', 'waiting', { options: [{ zh: '牛肉', en: 'Beef' }] }), line('h', 'held')], 3),
  ];
  const cards = (from = maker()) => from.byDish(orders, from.byOrder(orders));

  it('merge what is made alike, oldest first, and keep each order’s portions apart', () => {
    const merged = cards().find((card) => card.rows.length > 1);
    expect(merged && ids(merged.rows)).toEqual(['b', 'h', 'a']);
  });

  it('merge one guest’s wish with itself alone', () => {
    const split = room('804', [line('x', 'waiting', { note: '少盐' }), line('y', 'cooking', { note: '少盐' })], 4);
    const from = maker();
    const all = [...orders, split];
    expect(from.byDish(all, from.byOrder(all)).map((card) => ids(card.rows).join())).toContain('x,y');
  });

  it('leave a wish, a caution or a choice of one guest on a card of its own', () => {
    expect(cards().map((card) => ids(card.rows).join())).toEqual(expect.arrayContaining(['n', 'c', 'b,h,a']));
    expect(cards()).toHaveLength(3);
  });

  it('lose no portion that is on the cards of orders', () => {
    const from = maker();
    const byOrder = from.byOrder(orders).flatMap((card) => ids(card.rows));
    expect(
      cards(from)
        .flatMap((card) => ids(card.rows))
        .sort(),
    ).toEqual(byOrder.sort());
  });
});

describe('portions', () => {
  const lines = [
    line('young', 'waiting', { quantity: 3, due_from: at(120) }),
    line('old', 'waiting', { quantity: 2, due_from: at(0) }),
    line('on', 'cooking', { quantity: 4 }),
    line('held', 'held', { quantity: 9 }),
  ];

  it('go to the oldest first, and the last line is split', () => {
    expect(portionsAt(lines, 'start_cooking')).toBe(5);
    const shares = share(lines, 'start_cooking', 4);
    expect(shares.map((one) => [one.line.line, one.portions])).toEqual([
      ['old', undefined],
      ['young', 2],
    ]);
  });

  it('are never more than there are', () => {
    for (let wanted = 0; wanted <= 9; wanted += 1) {
      const shares = share(lines, 'start_cooking', wanted);
      const sum = shares.reduce((total, one) => total + (one.portions ?? one.line.quantity), 0);
      expect(sum).toBe(Math.min(wanted, 5));
    }
  });

  it('k7_may_be_picked_up_uncalled_and_are_called_for_whole', () => {
    const made = [line('a', 'ready', { quantity: 3 })];
    expect(share(made, 'pick_up', 1)).toEqual([{ line: made[0], portions: 1 }]);
    expect(share(made, 'call_for_pickup', 1)).toEqual([{ line: made[0] }]);
  });
});

describe('taking back', () => {
  it('lists the last half hour, the newest first, at most fifty', () => {
    const by = (seconds: number) => ({ last: { at: at(seconds), by: 'kitchen_1' } });
    const lines = [line('old', 'ready', by(-1801)), line('a', 'ready', by(10)), line('b', 'picked_up', by(20))];
    const list = recallable([order('1', 1, { lines: [...lines, line('w')] })], AT_MS, () => true);
    expect(list.map((one) => one.line.line)).toEqual(['b', 'a']);
    const many = Array.from({ length: 80 }, (_, index) => line(String(index), 'ready'));
    expect(recallable([order('1', 1, { lines: many })], AT_MS, () => true)).toHaveLength(50);
  });

  it('names the state it is taken from, so that a faster hand is not taken back as well', () => {
    expect(recallCommand(line('a', 'notified'))).toEqual({ type: 'recall_line', line: 'a', from: 'notified' });
    expect(recallCommand(line('a', 'waiting'))).toBeNull();
  });

  it('undoes the part that took the step, not the rest', () => {
    const origin = line('a', 'waiting', { quantity: 3 });
    const answer = { revision: 2, orders: [order('1', 2, { lines: [origin, line('new', 'cooking')] })] };
    const taken = { line: origin, portions: 1 };
    expect(undoCommand('start_cooking', taken, new Set(['a']), answer)).toMatchObject({ line: 'new', from: 'cooking' });
    expect(undoCommand('start_cooking', { line: origin }, new Set(['a']), answer)).toBeNull();
  });
});

describe('news', () => {
  const before = order('1', 1, { lines: [line('a'), line('h', 'held')] });

  it('is what came, was asked for, stopped or became ready', () => {
    const sounds = (...lines: LineView[]) => [...news([before], [order('1', 2, { lines })], () => true).sounds];
    expect(sounds(line('a'), line('h', 'held'), line('b'))).toEqual(['new']);
    expect(sounds(line('a'), line('h', 'waiting'))).toEqual(['new']);
    expect(sounds(line('a', 'waiting', { rush: { count: 1, last: { at: AT, by: 'pad_801' } } }))).toEqual(['rush']);
    expect(sounds(line('a', 'voided', { unseen: ['voided'] }))).toEqual(['stop']);
    expect(sounds(line('a', 'ready'))).toEqual(['ready']);
    expect(sounds(line('a'), line('h', 'held'))).toEqual([]);
  });

  it('tells what was cancelled, and nothing of other stations', () => {
    const now = [order('1', 2, { lines: [line('a', 'cancelled')] })];
    expect(news([before], now, () => true).cancelled).toEqual(['a']);
    expect(news([before], now, () => false).cancelled).toEqual([]);
  });
});

describe('the keys', () => {
  const press = (code: string, key = '', keyCode = 0) => ({ code, key, keyCode });

  it('do what is printed on them', () => {
    const keys = readKeys(null);
    expect(functionOf(keys, press('Digit7', '7'))).toBe('select_7');
    expect(functionOf(keys, press('Numpad0', '0'))).toBe('select_10');
    expect(functionOf(keys, press('NumpadEnter', 'Enter'))).toBe('next');
    expect(functionOf(keys, press('KeyQ', 'q'))).toBeNull();
  });

  it('are known by what they type, or by their number, when a bar sends no code', () => {
    expect(keyOf(press('', 'R'))).toBe('key:r');
    expect(keyOf(press('Unidentified', 'Unidentified', 255))).toBe('raw:255');
    const taught = bind(bind(readKeys(null), 'next', 'raw:255'), 'recall', 'ControlLeft');
    expect(functionOf(taught, press('Unidentified', 'Unidentified', 255))).toBe('next');
    expect(functionOf(taught, press('ControlLeft', 'Control'))).toBe('recall');
  });

  it('have one function each, also after they were kept and read again', () => {
    const taught = bind(readKeys(null), 'void', 'KeyR');
    const again = readKeys(JSON.stringify(taught));
    expect(again).toEqual(taught);
    expect(functionOf(again, press('KeyR'))).toBe('void');
    expect(again.recall).toEqual([]);
    const every = Object.values(again).flat();
    expect(new Set(every).size).toBe(every.length);
  });

  it('survive what they cannot read', () => {
    for (const broken of ['', '{', 'null', '[]', '{"next":3}', '{"next":[1]}'])
      expect(readKeys(broken)).toEqual(USUAL_KEYS);
  });

  it('are printed as people read them', () => {
    expect(['KeyR', 'Digit3', 'Numpad3', 'ArrowLeft', 'key:é', 'raw:255'].map(keySign)).toEqual([
      'R',
      '3',
      'Num 3',
      '←',
      'É',
      '#255',
    ]);
  });
});

describe('the places of cards', () => {
  const sheet = { columns: 2, height: 800, gap: 0 };
  const block = (key: string, ...rows: number[]) => ({ key, head: 0, rows, foot: 0, goesOn: 0 });
  const place = (...heights: number[]) =>
    placeBlocks(
      heights.map((height, index) => block(String(index), height)),
      new Floor(sheet),
      sheet.height,
    ).map(({ page, column, top }) => [page, column, top]);

  it('stand oldest first, left to right, then below', () => {
    expect(place(400, 300, 400, 300)).toEqual([
      [0, 0, 0],
      [0, 1, 0],
      [0, 1, 300],
      [0, 0, 400],
    ]);
  });

  it('an old card that fits nowhere does not keep the young from filling the page', () => {
    expect(place(600, 500, 700, 200, 300)).toEqual([
      [0, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 500],
      [1, 1, 0],
    ]);
  });

  it('a card longer than the page goes on in the next column, and loses no row', () => {
    const long = { key: 'long', head: 100, rows: new Array<number>(20).fill(100), foot: 100, goesOn: 40 };
    const parts = placeBlocks([long], new Floor(sheet), sheet.height);
    expect(parts.map(({ from, to }) => [from, to])).toEqual([
      [0, 6],
      [6, 12],
      [12, 18],
      [18, 20],
    ]);
    expect(parts.every((part) => part.height <= sheet.height)).toBe(true);
    expect(parts.map(({ page, column }) => [page, column])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it('what goes on is read on to the right, although there is room on the left', () => {
    const long = { key: 'long', head: 100, rows: new Array<number>(8).fill(100), foot: 100, goesOn: 40 };
    const parts = placeBlocks([block('short', 300), long], new Floor(sheet), sheet.height);
    expect(parts.map(({ page, column }) => [page, column])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  it('never lie on one another, nor on what is kept', () => {
    const floor = new Floor(sheet);
    floor.take({ page: 0, column: 1, top: 100 }, 300);
    const heights = Array.from({ length: 60 }, (_, index) => 90 + ((index * 137) % 500));
    const parts = placeBlocks(
      heights.map((height, index) => block(String(index), height)),
      floor,
      sheet.height,
    );
    for (const a of parts) {
      for (const b of parts) {
        const apart = a === b || a.page !== b.page || a.column !== b.column;
        expect(apart || a.top + a.height <= b.top || b.top + b.height <= a.top).toBe(true);
      }
      expect(a.page === 0 && a.column === 1 && a.top < 400).toBe(false);
    }
  });
});
