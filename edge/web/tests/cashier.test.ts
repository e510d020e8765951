import type { Guest } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { actCommand, findOrders, mainAct, ordersOf, otherActs } from '../src/cashier/acts';
import { AT_MS, line, order } from './sample';

const STATES = [
  'held',
  'waiting',
  'cooking',
  'ready',
  'notified',
  'picked_up',
  'cancelled',
  'voided',
  'remade',
] as const;

describe('what the front desk may do with a line', () => {
  const acts = (state: (typeof STATES)[number], afterMs = 0) => {
    const one = line('a', state);
    return [mainAct(one), ...otherActs(one, AT_MS + afterMs)].filter((act) => act !== null);
  };

  it('k8_cancels before the start and voids after it', () => {
    expect(STATES.filter((state) => acts(state).includes('cancel'))).toEqual(['held', 'waiting']);
    const started = ['cooking', 'ready', 'notified', 'picked_up'];
    expect(STATES.filter((state) => acts(state).includes('void'))).toEqual(started);
    expect(STATES.filter((state) => acts(state).includes('remake'))).toEqual(started);
  });

  it('fires what is held, holds what waits, rushes what is not made', () => {
    expect(STATES.filter((state) => acts(state).includes('fire'))).toEqual(['held']);
    expect(STATES.filter((state) => acts(state).includes('hold'))).toEqual(['waiting']);
    expect(STATES.filter((state) => acts(state).includes('rush'))).toEqual(['waiting', 'cooking']);
  });

  it('recalls within half an hour, from the state that is shown', () => {
    expect(acts('picked_up', 30 * 60_000)).toContain('recall');
    expect(acts('picked_up', 30 * 60_000 + 1)).not.toContain('recall');
    const one = line('a', 'ready');
    expect(actCommand('recall', order('1', 1), one)).toEqual({ type: 'recall_line', line: 'a', from: 'ready' });
  });

  it('does nothing with what has ended', () => {
    expect(['cancelled', 'voided', 'remade'].flatMap((state) => acts(state as 'voided'))).toEqual([]);
  });

  it('asks a person before it cancels, voids or makes again', () => {
    for (const act of ['cancel', 'void', 'remake'] as const) {
      expect(actCommand(act, order('1', 1), line('a', 'cooking'))).toBeNull();
    }
  });
});

describe('the orders of the front desk', () => {
  const room = (name: string): Guest => ({ kind: 'room', room: name });
  const orders = [
    order('7', 1, { guest: room('801') }),
    order('8', 1, { guest: { kind: 'wristband', wristband: '23' } }),
    order('9', 1, { guest: room('801') }),
    order('10', 1, { guest: room('801'), state: 'completed' }),
  ];
  const found = (typed: string) => findOrders(orders, typed).map((one) => one.number);

  it('are all of a guest’s after a join, without what has ended', () => {
    expect(ordersOf(orders, room('801')).map((one) => one.number)).toEqual([7, 9]);
  });

  it('are found by number, room and wristband', () => {
    expect(found('7')).toEqual([7]);
    expect(found('#07')).toEqual([7]);
    expect(found('80')).toEqual([7, 9, 10]);
    expect(found('23')).toEqual([8]);
    expect(found(' ')).toEqual([7, 8, 9, 10]);
    expect(found('x')).toEqual([]);
  });
});
