import type { Answer, Command, Problem } from '@shared/generated/wire';
import { Outbox, Refused, retryDelayMs } from '@shared/outbox';
import type { Delivery, Unanswered } from '@shared/outbox';
import { describe, expect, it } from 'vitest';

const START: Command = { type: 'start_cooking', line: 'a' };
const ANSWER: Answer = { revision: 1, orders: [] };
const PROBLEM: Problem = { type: 'urn:chuancai:problem:cancelled', code: 'cancelled', status: 409, detail: '已取消' };

/** An outbox on a disk and a network that the test holds in its hands. */
class Bench {
  readonly sent: { id: string; keptFirst: boolean; place?: number }[] = [];
  readonly timers: { action: () => void; delayMs: number }[] = [];
  readonly refusals: Refused[] = [];
  readonly answered: Command[] = [];
  shown: readonly Unanswered[] = [];
  place = 1;
  private readonly waiting: ((delivery: Delivery) => void)[] = [];
  private minted = 0;

  constructor(readonly disk = new Map<string, string>()) {}

  open(): Outbox {
    return new Outbox({
      deliver: (id, _, place) => {
        this.sent.push({ id, keptFirst: this.disk.has(id), place });
        return new Promise((resolve) => this.waiting.push(resolve));
      },
      mintId: () => `id-${(this.minted += 1)}`,
      place: () => this.place,
      store: {
        all: () => [...this.disk.values()],
        keep: (id, text) => void this.disk.set(id, text),
        forget: (id) => void this.disk.delete(id),
      },
      later: (action, delayMs) => void this.timers.push({ action, delayMs }),
      changed: (entries) => (this.shown = entries),
      answered: (command) => void this.answered.push(command),
      refused: (refusal) => void this.refusals.push(refusal),
    });
  }

  async reply(delivery: Delivery): Promise<void> {
    this.waiting.shift()?.(delivery);
    await Promise.resolve();
    await Promise.resolve();
  }

  fireTimers(): void {
    for (const { action } of this.timers.splice(0)) action();
  }
}

describe('the outbox', () => {
  it('k11_keeps_a_request_before_its_first_try_and_forgets_it_once_answered', async () => {
    const bench = new Bench();
    const promise = bench.open().send(START);
    expect(bench.sent).toEqual([{ id: 'id-1', keptFirst: true, place: 1 }]);
    expect(bench.shown).toHaveLength(1);
    await bench.reply({ kind: 'answer', answer: ANSWER });
    await expect(promise).resolves.toEqual(ANSWER);
    expect(bench.shown).toHaveLength(0);
    expect(bench.disk.size).toBe(0);
  });

  it('k11_tries_again_under_the_same_id_later_and_later', async () => {
    const bench = new Bench();
    void bench.open().send(START);
    const delays: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      await bench.reply({ kind: 'silence' });
      delays.push(...bench.timers.map((timer) => timer.delayMs));
      bench.fireTimers();
    }
    expect(delays).toEqual([3_000, 6_000, 12_000, 24_000, 48_000, 60_000]);
    expect(new Set(bench.sent.map((one) => one.id))).toEqual(new Set(['id-1']));
    expect(bench.shown[0].tries).toBe(7);
  });

  it('k11_goes_on_after_a_reload', async () => {
    const before = new Bench();
    void before.open().send(START);
    const after = new Bench(before.disk);
    after.open().sendAll();
    expect(after.sent.map((one) => one.id)).toEqual(['id-1']);
    await after.reply({ kind: 'answer', answer: ANSWER });
    expect(after.answered).toEqual([START]);
    expect(after.disk.size).toBe(0);
  });

  it('k10_a_refusal_ends_it_and_reaches_the_one_who_asked', async () => {
    const bench = new Bench();
    const promise = bench.open().send(START);
    const refused = expect(promise).rejects.toThrow('已取消');
    await bench.reply({ kind: 'problem', problem: PROBLEM });
    await refused;
    expect(bench.refusals).toHaveLength(0);
    expect(bench.shown).toHaveLength(0);
  });

  it('k10_a_refusal_after_a_reload_is_told_to_the_page', async () => {
    const before = new Bench();
    void before.open().send(START);
    const after = new Bench(before.disk);
    after.open().sendAll();
    await after.reply({ kind: 'problem', problem: PROBLEM });
    expect(after.refusals[0]).toBeInstanceOf(Refused);
  });

  it('does not multiply its tries when it is nudged', async () => {
    const bench = new Bench();
    const outbox = bench.open();
    void outbox.send(START);
    outbox.sendAll();
    expect(bench.sent).toHaveLength(1);
    await bench.reply({ kind: 'silence' });
    outbox.sendAll();
    expect(bench.sent).toHaveLength(2);
    bench.fireTimers();
    expect(bench.sent).toHaveLength(2);
  });

  it('m8_says_for_which_place_a_request_was_asked_however_late_it_is_sent', async () => {
    const bench = new Bench();
    void bench.open().send(START);
    await bench.reply({ kind: 'silence' });
    bench.place = 2;
    bench.fireTimers();
    expect(bench.sent.map(({ place }) => place)).toEqual([1, 1]);
  });

  it('m8_forgets_what_the_guests_before_have_asked_and_tells_nobody_what_becomes_of_it', async () => {
    const bench = new Bench();
    const outbox = bench.open();
    void outbox.send(START);
    outbox.forgetAll();
    expect(bench.shown).toHaveLength(0);
    expect(bench.disk.size).toBe(0);
    await bench.reply({ kind: 'answer', answer: ANSWER });
    expect(bench.answered).toHaveLength(0);
    void outbox.send(START);
    await bench.reply({ kind: 'silence' });
    outbox.forgetAll();
    bench.fireTimers();
    expect(bench.sent).toHaveLength(2);
    expect(bench.disk.size).toBe(0);
  });

  it('writes a manager’s PIN down nowhere', async () => {
    const bench = new Bench();
    const outbox = bench.open();
    void outbox.send({ type: 'void_line', line: 'a', reason: '做错了', pin: '2580' });
    await bench.reply({ kind: 'silence' });
    bench.fireTimers();
    expect(bench.sent.map((one) => one.id)).toEqual(['id-1', 'id-1']);
    expect(bench.disk.size).toBe(0);
  });

  it('passes over what it cannot read', () => {
    const broken = ['', '{', '{}', 'null', '{"id": "x"}'].map((text, index) => [String(index), text] as const);
    const bench = new Bench(new Map([...broken, ['id', JSON.stringify({ id: 'id', command: START, tries: 1 })]]));
    bench.open();
    expect(bench.shown.map((entry) => entry.id)).toEqual(['id']);
  });

  it('waits at most a minute', () => {
    expect(retryDelayMs(1)).toBe(3_000);
    expect(retryDelayMs(40)).toBe(60_000);
  });
});
