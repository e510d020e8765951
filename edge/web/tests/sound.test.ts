import type { Message, MessageReport } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { SoundQueue } from '../src/sound/queue';
import { SaidRing } from '../src/sound/said_ring';
import { AT_MS, message } from './sample';

/** A loudspeaker, a network and a clock that the test holds in its hands. */
class Bench {
  kept: string | null = null;
  nowMs = AT_MS;
  canSound = true;
  isBroken = false;
  /** How many times the network still fails. */
  failures = 0;
  hasNone = false;
  readonly played: { id: string; gain: number }[] = [];
  readonly reports: MessageReport[] = [];
  saying: Message | null = null;
  private readonly playing: (() => void)[] = [];

  open(): SoundQueue {
    return new SoundQueue({
      ring: new SaidRing({ kept: () => this.kept, keep: (text) => (this.kept = text) }),
      nowMs: () => this.nowMs,
      canSound: () => this.canSound,
      fetch: (id) => this.fetch(id),
      pause: () => this.pause(),
      play: (sound, gain) => this.play(new TextDecoder().decode(sound), gain),
      report: (report) => void this.reports.push(report),
      changed: (saying) => (this.saying = saying),
    });
  }

  private fetch(id: string): Promise<ArrayBuffer | null> {
    if (this.hasNone) return Promise.resolve(null);
    if (this.failures === 0) return Promise.resolve(new TextEncoder().encode(id).buffer);
    this.failures -= 1;
    return Promise.reject(new Error('no network'));
  }

  private pause(): Promise<void> {
    this.nowMs += 2_000;
    return Promise.resolve();
  }

  private play(id: string, gain: number): Promise<void> {
    this.played.push({ id, gain });
    return new Promise((resolve, reject) => this.playing.push(() => (this.isBroken ? reject(new Error()) : resolve())));
  }

  /** What is being said ends. */
  async end(): Promise<void> {
    await settle();
    this.playing.shift()?.();
    await settle();
  }

  get order(): string[] {
    return this.played.map(({ id }) => id);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

const spoken = (id: string, more: Partial<Message> = {}): Message => message(id, { speak: 80, ...more });

describe('a browser as a loudspeaker', () => {
  it('says_one_at_a_time_as_loud_as_it_is_told_and_reports_it_at_the_end', async () => {
    const bench = new Bench();
    const queue = bench.open();
    queue.offer(spoken('a'));
    queue.offer(spoken('b', { speak: 25 }));
    await settle();
    expect([bench.order, bench.saying?.id, bench.reports]).toEqual([['a'], 'a', []]);
    await bench.end();
    await bench.end();
    expect(bench.played).toEqual([
      { id: 'a', gain: 0.8 },
      { id: 'b', gain: 0.25 },
    ]);
    expect(bench.reports).toEqual(['a', 'b'].map((id) => ({ id, became: 'spoken' })));
    expect(bench.saying).toBeNull();
  });

  it('m4_says_first_announcements_before_any_repetition', async () => {
    const bench = new Bench();
    const queue = bench.open();
    for (const [id, nth] of [
      ['now', 1],
      ['again', 2],
      ['new', 1],
      ['newer', 1],
      ['third', 3],
    ] as const) {
      queue.offer(spoken(id, { nth, times: 3 }));
    }
    for (let turn = 0; turn < 5; turn += 1) await bench.end();
    expect(bench.order).toEqual(['now', 'new', 'newer', 'again', 'third']);
  });

  it('m8_says_nothing_twice_also_after_a_reload_and_reports_once_more_how_it_ended', async () => {
    const bench = new Bench();
    const queue = bench.open();
    queue.offer(spoken('a'));
    queue.offer(spoken('a'));
    await bench.end();
    queue.offer(spoken('a'));
    bench.open().offer(spoken('a'));
    await settle();
    expect(bench.order).toEqual(['a']);
    expect(bench.reports).toEqual(['a', 'a', 'a'].map((id) => ({ id, became: 'spoken' })));
  });

  it('a_page_that_was_closed_in_the_middle_was_not_heard_to_the_end', async () => {
    const bench = new Bench();
    bench.open().offer(spoken('a'));
    await settle();
    bench.open().offer(spoken('a'));
    expect(bench.reports).toEqual([{ id: 'a', became: 'silent' }]);
  });

  it('waits_for_a_touch_while_it_is_worth_it_and_then_says_that_it_was_silent', async () => {
    const bench = new Bench();
    bench.canSound = false;
    const queue = bench.open();
    queue.offer(spoken('old'));
    queue.offer(spoken('young', { good_for_s: 120 }));
    bench.nowMs += 61_000;
    queue.look();
    expect(bench.reports).toEqual([{ id: 'old', became: 'silent' }]);
    bench.canSound = true;
    queue.look();
    await bench.end();
    expect(bench.order).toEqual(['young']);
  });

  it('drops_what_gets_too_old_behind_the_others', async () => {
    const bench = new Bench();
    const queue = bench.open();
    queue.offer(spoken('a'));
    queue.offer(spoken('b'));
    await settle();
    bench.nowMs += 61_000;
    await bench.end();
    expect(bench.order).toEqual(['a']);
    expect(bench.reports.map(({ id, became }) => `${id} ${became}`)).toEqual(['a spoken', 'b silent']);
  });

  it('asks_again_while_the_box_is_away_for_as_long_as_it_is_worth_it', async () => {
    const bench = new Bench();
    bench.failures = 5;
    const queue = bench.open();
    queue.offer(spoken('a'));
    await bench.end();
    bench.failures = 100;
    queue.offer(spoken('b'));
    await bench.end();
    bench.failures = 0;
    queue.offer(spoken('c', { at: new Date(bench.nowMs).toISOString() }));
    await bench.end();
    expect(bench.reports.map(({ id, became }) => `${id} ${became}`)).toEqual(['a spoken', 'b silent', 'c spoken']);
  });

  it('is_silent_when_the_box_has_no_sound_for_it', async () => {
    const bench = new Bench();
    bench.hasNone = true;
    bench.open().offer(spoken('a'));
    await settle();
    expect([bench.order, bench.reports]).toEqual([[], [{ id: 'a', became: 'silent' }]]);
  });

  it('a_sound_that_breaks_off_was_silent_and_the_next_is_said', async () => {
    const bench = new Bench();
    bench.isBroken = true;
    const queue = bench.open();
    queue.offer(spoken('a'));
    await bench.end();
    expect(bench.reports).toEqual([{ id: 'a', became: 'silent' }]);
  });

  it('leaves_alone_what_another_device_is_to_say', () => {
    const bench = new Bench();
    bench.open().offer(message('a'));
    expect([bench.order, bench.reports]).toEqual([[], []]);
  });

  it('says_something_once_more_here_without_telling_the_box', async () => {
    const bench = new Bench();
    const queue = bench.open();
    queue.offer(spoken('a'));
    await bench.end();
    bench.nowMs += 600_000;
    queue.replay(spoken('a'));
    await bench.end();
    expect([bench.order, bench.reports.length]).toEqual([['a', 'a'], 1]);
  });

  it('remembers_the_last_five_hundred', () => {
    let kept: string | null = null;
    const ring = new SaidRing({ kept: () => kept, keep: (text) => (kept = text) });
    for (let one = 0; one <= 500; one += 1) ring.keep(`${one}`, 'spoken');
    const after = new SaidRing({ kept: () => kept, keep: () => undefined });
    expect([after.outcome('0'), after.outcome('1'), after.outcome('500')]).toEqual([null, 'spoken', 'spoken']);
  });
});
