/** Which cards are late or have something unseen, looked at now and then: nothing is drawn anew by the second. */
import { linesTimer } from '@shared/lines';
import { onBeforeUnmount, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { Row } from './cards';

const LOOK_EVERY_MS = 5_000;

interface Stack {
  readonly key: string;
  readonly rows: readonly Row[];
}

export function useUrgent(cards: Ref<readonly Stack[]>, nowMs: Ref<number>): Ref<ReadonlySet<string>> {
  const urgent = shallowRef<ReadonlySet<string>>(new Set());

  function look(): void {
    const now = new Set(cards.value.filter((card) => isUrgent(card, nowMs.value)).map((card) => card.key));
    const isSame = now.size === urgent.value.size && [...now].every((key) => urgent.value.has(key));
    if (!isSame) urgent.value = now;
  }

  watch(cards, look, { immediate: true });
  const timer = setInterval(look, LOOK_EVERY_MS);
  onBeforeUnmount(() => clearInterval(timer));
  return urgent;
}

function isUrgent(card: Stack, nowMs: number): boolean {
  const lines = card.rows.map((row) => row.line);
  const lateness = linesTimer(lines, nowMs)?.lateness;
  return lateness === 'late' || lateness === 'very_late' || lines.some((line) => line.unseen?.length);
}
