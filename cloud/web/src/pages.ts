/** A list that is read page by page and kept up to date as far as it has been read. */
import { computed, ref, watch, type ComputedRef } from 'vue';
import { usePoll, type Poll } from './poll';
import { readPages, type AskPage, type Page } from './read_pages';

export const PAGE_ROWS = 50;
/** The most that the cloud gives in one page. */
export const ROWS_MAX = 200;

export interface Pages<Row> extends Poll<Page<Row>> {
  rows: ComputedRef<Row[]>;
  hasMore: ComputedRef<boolean>;
  loadingMore: ComputedRef<boolean>;
  more: () => void;
}

/**
 * Reads from the newest row down. Every round reads all pages anew that the reader has opened, so that a row never
 * shows an old state beside a new one. `until`, if given, reads on by itself until it holds.
 */
export function usePages<Row>(
  choice: () => string,
  ask: AskPage<Row>,
  until: (rows: Row[]) => boolean = () => true,
): Pages<Row> {
  const wanted = ref(1);
  watch(choice, () => (wanted.value = 1), { flush: 'sync' });
  const poll = usePoll(
    () => `${choice()} ${wanted.value}`,
    (signal) => readPages(ask, signal, (pages, rows) => pages >= wanted.value && until(rows)),
  );
  return {
    ...poll,
    rows: computed(() => poll.data.value?.rows ?? []),
    hasMore: computed(() => poll.data.value?.next != null),
    loadingMore: computed(() => poll.outdated.value && wanted.value > 1),
    more: () => {
      wanted.value += 1;
    },
  };
}
