import type { MessageReport, Session } from '@shared/generated/wire';
import { Inbox } from '@shared/inbox';
import type { Told } from '@shared/inbox';
import { isCarriedAway } from '@shared/place';
import { describe, expect, it } from 'vitest';
import { AT_MS, message } from './sample';

class Bench {
  kept: string | null = null;
  told: readonly Told[] = [];
  refreshed = 0;
  readonly reports: MessageReport[] = [];

  open(): Inbox {
    return new Inbox({
      store: { kept: () => this.kept, keep: (text) => (this.kept = text) },
      report: (report) => void this.reports.push(report),
      refresh: () => void (this.refreshed += 1),
      changed: (told) => (this.told = told),
    });
  }

  get ids(): string[] {
    return this.told.map((one) => one.message.id);
  }
}

const later = (minutes: number): string => new Date(AT_MS + minutes * 60_000).toISOString();

describe('the messages of a screen', () => {
  it('m8_are_shown_once_and_acknowledged_each_time_they_come', () => {
    const bench = new Bench();
    const inbox = bench.open();
    expect([inbox.receive(message('a')), inbox.receive(message('a'))]).toEqual([true, false]);
    expect(bench.ids).toEqual(['a']);
    expect(bench.reports).toEqual(['a', 'a'].map((id) => ({ id, became: 'acknowledged' })));
  });

  it('m8_are_still_known_after_a_reload_when_they_are_caught_up_with', () => {
    const bench = new Bench();
    bench.open().receive(message('a'));
    const inbox = bench.open();
    expect(bench.ids).toEqual(['a']);
    expect(inbox.receive(message('a'))).toBe(false);
    expect(inbox.receive(message('b', { at: later(-1), text: '802 房间呼叫' }))).toBe(true);
    expect(bench.ids).toEqual(['a', 'b']);
  });

  it('m4_a_repetition_takes_the_place_of_the_one_before_and_is_unread_again', () => {
    const bench = new Bench();
    const inbox = bench.open();
    inbox.receive(message('a', { times: 3 }));
    inbox.read(['a']);
    expect(bench.told[0].isRead).toBe(true);
    inbox.receive(message('other', { text: '802 房间呼叫' }));
    inbox.receive(message('b', { nth: 2, times: 3, at: later(1) }));
    expect(bench.told.map((one) => [one.message.id, one.isRead])).toEqual([
      ['b', false],
      ['other', false],
    ]);
  });

  it('m2_a_refresh_makes_the_screen_fetch_and_shows_nothing', () => {
    const bench = new Bench();
    expect(bench.open().receive(message('a', { kind: 'refresh', text: '' }))).toBe(false);
    expect([bench.refreshed, bench.told.length, bench.reports.length]).toEqual([1, 0, 1]);
  });

  it('are kept to fifty, and for half a day', () => {
    const bench = new Bench();
    const inbox = bench.open();
    for (let one = 0; one < 60; one += 1) inbox.receive(message(`${one}`, { at: later(one), text: `${one}` }));
    expect([bench.ids.length, bench.ids[0], bench.ids[49]]).toEqual([50, '59', '10']);
    inbox.receive(message('next morning', { at: later(24 * 60) }));
    expect(bench.ids).toEqual(['next morning']);
  });

  it('m8_are_forgotten_with_the_guests', () => {
    const bench = new Bench();
    const inbox = bench.open();
    inbox.receive(message('a'));
    inbox.forgetAll();
    bench.open();
    expect(bench.told).toEqual([]);
  });

  it('passes over what it cannot read', () => {
    const bench = new Bench();
    for (const kept of ['', '{', '{}', '[1, null, {}]']) {
      bench.kept = kept;
      bench.open();
      expect(bench.told).toEqual([]);
    }
  });
});

describe('a pad', () => {
  const disk = (): Storage => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    } as Storage;
  };
  const session = (more: Partial<Session>): Session =>
    ({ device: 'pad_801', role: 'pad', place: 1, ...more }) as Session;

  it('m1_notices_also_when_it_was_switched_off_that_it_was_carried_to_another_room', () => {
    const storage = disk();
    const isMoved = (more: Partial<Session>) => isCarriedAway('pad', session(more), storage);
    expect([isMoved({}), isMoved({}), isMoved({ place: 2 }), isMoved({ place: 2 })]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(isMoved({ device: 'pad_802', place: 2 })).toBe(true);
  });

  it('m1_other_devices_have_no_guests_to_forget', () => {
    const storage = disk();
    expect(isCarriedAway('kitchen', session({ role: 'kitchen' }), storage)).toBe(false);
    expect(isCarriedAway('kitchen', session({ role: 'kitchen', place: 2 }), storage)).toBe(false);
  });
});
