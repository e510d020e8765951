import type { MessageRecord } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { EMPTY_LOG, mood, NO_FILTER, queryFor, tookS, withNewest, withOlder } from '../src/messages/log';
import { words as logWords } from '../src/messages/words';
import { words as pairWords } from '../src/pair/words';
import { words as setupWords } from '../src/setup/words';
import { AT } from './sample';

function record(id: string, more: Partial<MessageRecord> = {}): MessageRecord {
  const usual = { call: 1, event: 'order_placed', kind: 'announce', channel: 'speaker', account: 'box' } as const;
  const life = { nth: 1, times: 1, state: 'queued', steps: [{ at: AT, state: 'queued' }] } as const;
  return { id, text: '', ...usual, ...life, steps: [...life.steps], ...more };
}

function page(ids: string, next: string | null = 'c') {
  return { records: [...ids].map((id) => record(id)), next };
}

function ids({ records }: { records: readonly MessageRecord[] }): string {
  return records.map(({ id }) => id).join('');
}

describe('the message log', () => {
  it('m9_asks for what is looked for, and no more', () => {
    expect(queryFor(NO_FILTER)).toBe('messages?limit=50');
    expect(queryFor({ ...NO_FILTER, state: 'skipped', guest: '牡丹厅' }, 'x y')).toBe(
      'messages?limit=50&state=skipped&guest=%E7%89%A1%E4%B8%B9%E5%8E%85&before=x+y',
    );
  });

  it('m9_puts the newest over what is known, with what has become of it', () => {
    const known = withOlder(page('edc'), page('cba', null));
    const fresh = withNewest(known, { records: [record('f'), record('e', { state: 'spoken' })], next: 'd' });
    expect([ids(fresh), fresh.next, fresh.records[1].state]).toEqual(['fedcba', null, 'spoken']);
  });

  it('m9_leaves no gap unseen: newest records that do not touch the known ones stand alone', () => {
    expect(withNewest(page('cba'), page('zyx', 'x'))).toEqual(page('zyx', 'x'));
    expect(withNewest(EMPTY_LOG, page('ba', null))).toEqual(page('ba', null));
  });

  it('m9_says how long a step took and how it ended', () => {
    const steps = record('a', {
      steps: [
        { at: '2026-11-22T12:00:00Z', state: 'queued' },
        { at: '2026-11-22T12:00:01.5Z', state: 'sent' },
      ],
    }).steps;
    expect([tookS(steps, 0), tookS(steps, 1)]).toEqual([null, 1.5]);
    expect([mood('sent'), mood('spoken'), mood('skipped'), mood('failed')]).toEqual(['open', 'good', 'quiet', 'bad']);
  });
});

describe('the words', () => {
  function keys(words: object, before = ''): string[] {
    return Object.entries(words).flatMap(([key, word]) =>
      typeof word === 'object' ? keys(word as object, `${before}${key}.`) : [before + key],
    );
  }

  it('are the same in both languages', () => {
    for (const words of [logWords, pairWords, setupWords]) expect(keys(words.en)).toEqual(keys(words.zh));
  });
});
