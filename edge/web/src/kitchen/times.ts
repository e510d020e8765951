/** Times of the box in the shop's time zone, as a clock shows them. */
import { ref } from 'vue';

/** The shop's time zone; the browser's own until the box has said. */
export const timeZone = ref<string | undefined>(undefined);

/** `18:05`. */
export function clockTime(instant: string): string {
  const parts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: timeZone.value } as const;
  return new Intl.DateTimeFormat('zh-CN', parts).format(new Date(instant));
}
