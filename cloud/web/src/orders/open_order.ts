/** The order whose drawer is open: its id stands in the page's address, so a link to it can be given away. */
import type { OrderId, OrderView } from '@shared/generated/wire';
import { computed, shallowRef, watch, type Ref } from 'vue';
import { useRoute, useRouter } from 'vue-router';

export function useOpenOrder(rows: Ref<OrderView[]>) {
  const route = useRoute();
  const router = useRouter();
  const id = computed(() => route.query.order);
  // An order that has left the list, by a filter or a newer page, stays open as it was last seen.
  const opened = shallowRef<OrderView | null>(null);
  watch(
    [id, rows],
    () => {
      const found = rows.value.find((order) => order.order === id.value);
      if (found || opened.value?.order !== id.value) opened.value = found ?? null;
    },
    { immediate: true },
  );
  const show = (order: OrderId | undefined): void => void router.replace({ query: { ...route.query, order } });
  return { opened, open: (order: OrderView) => show(order.order), close: () => show(undefined) };
}
