import { describe, expect, test } from 'vitest';
import { readPages } from '../src/read_pages';

const ask = async (before: string | undefined) => {
  const first = Number(before ?? 6);
  return { rows: [first, first - 1], next: first > 2 ? String(first - 2) : null };
};
const { signal } = new AbortController();

describe('readPages', () => {
  test('reads as many pages as are wanted', async () => {
    expect(await readPages(ask, signal, () => true)).toEqual({ rows: [6, 5], next: '4' });
    expect(await readPages(ask, signal, (pages) => pages >= 2)).toEqual({ rows: [6, 5, 4, 3], next: '2' });
  });

  test('ends with the last page', async () => {
    expect(await readPages(ask, signal, () => false)).toEqual({ rows: [6, 5, 4, 3, 2, 1], next: null });
  });
});
