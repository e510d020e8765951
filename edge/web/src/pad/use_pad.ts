/** The pad's state and what it can do, for the panels that share it: the visit, what is on its way, the orders. */
import { BoxClient } from '@shared/box';
import type { Answer, Caution, Command, WantedLine } from '@shared/generated/wire';
import { Refused } from '@shared/outbox';
import type { Unanswered } from '@shared/outbox';
import { DEFAULT_LANGUAGE, language, roomName } from '@shared/words';
import { computed, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { add, basketOf, wantedLines } from '../basket';
import type { Basket, Chosen } from '../basket';
import { showRefusal, showSentence } from '../refusal';
import { troublesOf } from '../stock';
import { follow, keepVisit, keptVisit, NEW_VISIT, toggleCaution } from './visit';

/** How long an order counts as just placed. */
const FRESH_MS = 6_000;

/** An order of this pad that the box has not answered yet. It has no number: only the box gives one. */
export interface Pending {
  readonly id: string;
  readonly lines: readonly WantedLine[];
  readonly tries: number;
}

export type Pad = ReturnType<typeof usePad>;

export function usePad() {
  const { t } = useI18n();
  const visit = shallowRef(keptVisit());
  const phone = ref('');
  const refusal = ref('');
  /** The order that has just been placed or added to. */
  const fresh = ref('');
  /** Grows when the pad is carried to another room: what it shows of the guests before is drawn anew. */
  const stay = ref(0);
  const box = new BoxClient('pad', () => language.value, {
    answered: (command, answer) => onAnswered(command, answer),
    refused: onRefused,
    moved: forgetGuests,
  });

  const menu = computed(() => box.menu.value?.menu);
  const orders = computed(() => box.orders.value.filter((order) => order.state !== 'completed'));
  const room = computed(() => roomName(box.session.value?.room ?? ''));
  const pending = computed(() => box.unanswered.value.flatMap(pendingOf));
  /** Requests of this pad that have been tried in vain. */
  const undelivered = computed(() => box.unanswered.value.filter(({ tries }) => tries > 1 || box.stale.value));
  const troubles = computed(() => troublesOf(visit.value.basket, box.menu.value));
  const basket = computed<Basket>({
    get: () => visit.value.basket,
    set: (basket) => (visit.value = { ...visit.value, basket }),
  });

  // Written down at once: a pad that loses power must not come back with a basket that is already under way.
  watch(visit, keepVisit, { flush: 'sync' });
  watch([orders, box.day], ([present, day]) => {
    if (day === '') return;
    const before = visit.value;
    visit.value = follow(
      before,
      present.map((order) => order.order),
    );
    const isOver = before.orders.length > 0 && !before.orders.some((order) => visit.value.orders.includes(order));
    if (!isOver) return;
    phone.value = '';
    refusal.value = '';
  });

  function onAnswered(command: Command, answer: Answer): void {
    if (command.type !== 'place_order') return;
    fresh.value = answer.orders.at(0)?.order ?? '';
    setTimeout(() => (fresh.value = ''), FRESH_MS);
  }

  /** Everything of the guests before but the orders, which the box knows. */
  function forgetGuests(): void {
    visit.value = NEW_VISIT;
    phone.value = '';
    refusal.value = '';
    fresh.value = '';
    language.value = DEFAULT_LANGUAGE;
    stay.value += 1;
  }

  /** What was refused is not lost: it goes back into the basket, where the trouble is marked. */
  function onRefused(error: unknown): void {
    if (!(error instanceof Refused)) throw error;
    // What was asked in another room is not for this one.
    if (error.problem.code === 'moved_away') {
      showSentence(t('moved_away'));
      return;
    }
    if (error.command.type !== 'place_order') {
      showRefusal(error);
      return;
    }
    refusal.value = error.problem.detail;
    basket.value = [...basketOf(error.command.lines), ...basket.value].reduce<Basket>(add, []);
  }

  function command(wish: Command): void {
    box.send(wish).catch(onRefused);
  }

  /** The basket is empty once the request is written down in the outbox: there is never a moment with it in both. */
  function submit(): void {
    refusal.value = '';
    const lines = wantedLines(basket.value, visit.value.cautions);
    command({ type: 'place_order', lines, ...(phone.value && { phone: phone.value }) });
    basket.value = [];
    phone.value = '';
  }

  function choose(chosen: Chosen): void {
    refusal.value = '';
    basket.value = add(basket.value, chosen);
  }

  function caution(about: Caution): void {
    visit.value = toggleCaution(visit.value, about);
  }

  return {
    box,
    visit,
    phone,
    refusal,
    fresh,
    stay,
    menu,
    orders,
    room,
    pending,
    undelivered,
    troubles,
    basket,
    command,
    submit,
    choose,
    caution,
  };
}

function pendingOf({ id, command, tries }: Unanswered): Pending[] {
  return command.type === 'place_order' ? [{ id, lines: command.lines, tries }] : [];
}
