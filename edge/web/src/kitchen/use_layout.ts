/**
 * Keeps cards in their places while somebody is at work: what leaves stays as a shadow, what comes goes where it
 * moves nothing, until the screen has been left alone for a moment. Heights are guessed until a card has been drawn,
 * because only the page that is shown is in the document.
 */
import { computed, nextTick, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { Row } from './cards';
import { Floor, placeBlocks } from './layout';
import type { Block, Place, Sheet } from './layout';

/** What can be laid out. */
export interface Stack {
  readonly key: string;
  readonly rows: readonly Row[];
}

/** A card, or as much of it as fits a column. */
export interface PlacedPart<C extends Stack> extends Place {
  readonly key: string;
  readonly card: C;
  readonly rows: readonly Row[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly height: number;
  /** At least so high while somebody is at work, so that nothing moves; else 0. */
  readonly keptHeight: number;
  /** It has left; only its place is kept. */
  readonly gone: boolean;
}

/** How long after the last touch or key cards may move. */
const SETTLE_MS = 1_500;
/** Narrower, and number, room and timer would no longer stand on one line. */
const COLUMN_MIN_PX = 400;
const GAP_PX = 16;
/** From this width on, letters and columns are larger: see `large.css`. */
const LARGE = '(min-width: 2800px)';
const LARGE_SCALE = 1.6;
/** Until they have been measured. */
const USUAL_HEAD_PX = 68;
const USUAL_ROW_PX = 84;
const USUAL_FOOT_PX = 100;
/** The line that says that a card goes on. */
const GOES_ON_PX = 40;
/** Above and below a card. */
const BORDERS_PX = 4;
/** Forgotten heights above this many are swept. */
const HEIGHTS_SPARE = 2_000;

export function useLayout<C extends Stack>(board: Ref<HTMLElement | null>, cards: Ref<readonly C[]>) {
  const size = ref({ width: 0, height: 0 });
  const scale = ref(1);
  const heights = shallowRef<ReadonlyMap<string, number>>(new Map());
  const kept = shallowRef<readonly PlacedPart<C>[] | null>(null);
  let settleTimer = 0;
  let measuring = 0;

  const gap = computed(() => Math.round(GAP_PX * scale.value));
  const columns = computed(() => {
    const least = COLUMN_MIN_PX * scale.value + gap.value;
    return Math.max(1, Math.floor((size.value.width + gap.value) / least));
  });
  const columnWidth = computed(() => (size.value.width - gap.value * (columns.value - 1)) / columns.value);
  const sheet = computed<Sheet>(() => ({ columns: columns.value, height: size.value.height, gap: gap.value }));
  const placed = computed(() => (kept.value ? besideKept(kept.value) : place(cards.value, new Floor(sheet.value))));
  const pages = computed(() => Math.max(1, ...placed.value.map((part) => part.page + 1)));

  function heightOf(key: string, usual: number): number {
    return heights.value.get(key) ?? usual * scale.value;
  }

  function blockOf(card: C): Block {
    return {
      key: card.key,
      head: heightOf(`${card.key}/head`, USUAL_HEAD_PX) + BORDERS_PX,
      rows: card.rows.map((row) => heightOf(`${card.key}/${row.key}`, USUAL_ROW_PX)),
      foot: heightOf(`${card.key}/foot`, USUAL_FOOT_PX),
      goesOn: GOES_ON_PX * scale.value,
    };
  }

  /** `known`: cards of which something stands already, so that the rest of them goes on from there. */
  function place(some: readonly C[], floor: Floor, known?: ReadonlySet<string>): PlacedPart<C>[] {
    const parts = placeBlocks(some.map(blockOf), floor, sheet.value.height);
    return parts.map((part) => {
      const card = some[part.block];
      const isWhole = part.from === 0 && part.to === card.rows.length;
      return {
        ...part,
        key: `${card.key}#${part.from}${known ? '+' : ''}`,
        card,
        rows: isWhole ? card.rows : card.rows.slice(part.from, part.to),
        isFirst: part.from === 0 && !known?.has(card.key),
        isLast: part.to === card.rows.length,
        keptHeight: 0,
        gone: false,
      };
    });
  }

  /** What was there stays where it was; what is new, be it a row of an old card, is placed on what is free. */
  function besideKept(parts: readonly PlacedPart<C>[]): PlacedPart<C>[] {
    const floor = new Floor(sheet.value);
    parts.forEach((part) => floor.take(part, part.height));
    const present = new Map(cards.value.map((card) => [card.key, card]));
    const shown = new Set(parts.flatMap((part) => part.rows.map((row) => `${part.card.key}/${row.key}`)));
    const stayed = parts.map((part) => refreshed(part, present.get(part.card.key)));
    const fresh = cards.value.flatMap((card) => {
      const rows = card.rows.filter((row) => !shown.has(`${card.key}/${row.key}`));
      return rows.length > 0 ? [{ ...card, rows }] : [];
    });
    return [...stayed, ...place(fresh, floor, new Set(parts.map((part) => part.card.key)))];
  }

  function refreshed(part: PlacedPart<C>, card: C | undefined): PlacedPart<C> {
    if (!card) return { ...part, gone: true };
    const rows = new Map(card.rows.map((row) => [row.key, row]));
    const same = card === part.card && !part.gone;
    return same ? part : { ...part, card, gone: false, rows: part.rows.map((row) => rows.get(row.key) ?? row) };
  }

  /** Measures what has just been drawn, once it has to be laid out anyway: before the frame that shows it. */
  function measureSoon(): void {
    cancelAnimationFrame(measuring);
    measuring = requestAnimationFrame(measure);
  }

  /** Reads the heights of what is drawn. */
  function measure(): void {
    const next = new Map(heights.value);
    board.value?.querySelectorAll<HTMLElement>('[data-measured]').forEach((element) => {
      if (element.offsetParent) next.set(element.dataset.measured ?? '', element.offsetHeight);
    });
    const changed =
      next.size !== heights.value.size || [...next].some(([key, height]) => heights.value.get(key) !== height);
    if (changed) heights.value = next;
    else keepNew();
  }

  /** What came while somebody is at work has its place too, once it is measured. */
  function keepNew(): void {
    if (!kept.value) return;
    const known = new Set(kept.value.map((part) => part.key));
    const fresh = placed.value.filter((part) => !known.has(part.key));
    if (fresh.length > 0) kept.value = [...kept.value, ...fresh.map(keep)];
  }

  function keep(part: PlacedPart<C>): PlacedPart<C> {
    return { ...part, keptHeight: part.height };
  }

  function forgetHeights(): void {
    heights.value = new Map();
  }

  function sweepHeights(): void {
    const rows = cards.value.reduce((sum, card) => sum + card.rows.length + 2, 0);
    if (heights.value.size > rows + HEIGHTS_SPARE) forgetHeights();
  }

  const resize = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    const isLarge = matchMedia(LARGE).matches;
    if (width !== size.value.width) forgetHeights();
    scale.value = isLarge ? LARGE_SCALE : 1;
    size.value = { width, height };
    kept.value = null;
  });

  watch(placed, measureSoon, { flush: 'post' });
  watch(cards, sweepHeights);
  onMounted(() => {
    if (board.value) resize.observe(board.value);
    void document.fonts.ready.then(() => nextTick(measure));
  });
  onBeforeUnmount(() => {
    resize.disconnect();
    clearTimeout(settleTimer);
    cancelAnimationFrame(measuring);
  });

  /** Somebody has touched the screen or a key. */
  function touched(): void {
    kept.value ??= placed.value.map(keep);
    clearTimeout(settleTimer);
    settleTimer = window.setTimeout(settle, SETTLE_MS);
  }

  /** Everything may take its proper place. */
  function settle(): void {
    clearTimeout(settleTimer);
    kept.value = null;
  }

  return { placed, pages, columnWidth, gap, measure, forgetHeights, touched, settle };
}
