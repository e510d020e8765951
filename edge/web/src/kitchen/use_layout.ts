/**
 * Keeps tickets in their places while somebody is tapping: what leaves stays as a shadow and what shrinks keeps
 * its room until the screen has been left alone for a moment. New tickets come last, so they move nothing.
 */
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { placeTickets } from './layout';
import type { Place } from './layout';
import type { Ticket } from './tickets';

/** How long after the last touch tickets may move. */
const SETTLE_MS = 1_500;
/** Narrower, and number, room and timer would no longer stand on one line. */
const COLUMN_MIN_PX = 400;
const GAP_PX = 16;
/** Until a ticket has been measured. */
const USUAL_HEIGHT_PX = 400;

export interface PlacedTicket extends Place {
  readonly ticket: Ticket;
  /** It has left; only its place is kept. */
  readonly gone: boolean;
  /** It came after the page was opened. */
  readonly arriving: boolean;
}

export function useLayout(board: Ref<HTMLElement | null>, tickets: Ref<readonly Ticket[]>) {
  const size = ref({ width: 0, height: 0 });
  const heights = shallowRef<ReadonlyMap<string, number>>(new Map());
  const held = shallowRef<readonly Ticket[]>(tickets.value);
  const arrived = new Set<string>();
  let settleTimer = 0;
  let busy = false;

  const columns = computed(() => Math.max(1, Math.floor((size.value.width + GAP_PX) / (COLUMN_MIN_PX + GAP_PX))));
  const columnWidth = computed(() => (size.value.width - GAP_PX * (columns.value - 1)) / columns.value);

  const placed = computed<PlacedTicket[]>(() => {
    const present = new Map(tickets.value.map((ticket) => [ticket.order.order, ticket]));
    const all = held.value.map((ticket) => present.get(ticket.order.order) ?? ticket);
    const heightsInOrder = all.map((ticket) => heights.value.get(ticket.order.order) ?? USUAL_HEIGHT_PX);
    const places = placeTickets(heightsInOrder, columns.value, size.value.height, GAP_PX);
    return all.map((ticket, index) => ({
      ticket,
      ...places[index],
      gone: !present.has(ticket.order.order),
      arriving: arrived.has(ticket.order.order),
    }));
  });
  const pages = computed(() => Math.max(1, ...placed.value.map((one) => one.page + 1)));

  const measure = new ResizeObserver((entries) => {
    const next = new Map(heights.value);
    for (const { target } of entries) {
      const element = target as HTMLElement;
      const id = element.dataset.order ?? '';
      const height = element.offsetHeight;
      if (element.isConnected) next.set(id, busy ? Math.max(height, next.get(id) ?? 0) : height);
      else next.delete(id);
    }
    heights.value = next;
  });
  const resize = new ResizeObserver(([entry]) => {
    size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
  });

  watch(tickets, (now) => {
    const known = new Set(held.value.map((ticket) => ticket.order.order));
    const fresh = now.filter((ticket) => !known.has(ticket.order.order));
    fresh.forEach((ticket) => arrived.add(ticket.order.order));
    held.value = busy ? [...held.value, ...fresh] : now;
  });
  onMounted(() => board.value && resize.observe(board.value));
  onBeforeUnmount(() => {
    measure.disconnect();
    resize.disconnect();
    clearTimeout(settleTimer);
  });

  /** Somebody has touched the screen. */
  function touched(): void {
    busy = true;
    clearTimeout(settleTimer);
    settleTimer = window.setTimeout(settle, SETTLE_MS);
  }

  function settle(): void {
    busy = false;
    held.value = tickets.value;
    const elements = board.value?.querySelectorAll<HTMLElement>('[data-order]') ?? [];
    heights.value = new Map([...elements].map((element) => [element.dataset.order ?? '', element.offsetHeight]));
  }

  return { placed, pages, columns, columnWidth, gap: GAP_PX, measure, touched };
}
