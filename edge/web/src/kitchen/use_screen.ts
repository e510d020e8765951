/** What kitchen and expo screens share: which lines are theirs, what is news, and the means to act on them. */
import type { BoxClient } from '@shared/box';
import type { StationCover, StationId } from '@shared/generated/wire';
import { computed, onMounted, ref, shallowRef, watch } from 'vue';
import { alarms } from './alarms';
import { CardMaker } from './cards';
import { useChime } from './chime';
import { provideContext } from './context';
import { news } from './news';
import type { Sound } from './news';
import { coverKey, routing } from '../routing';
import { allow, hasJustBegun, isRunning } from '../sound/audio';
import { useSound } from '../sound/use_sound';
import { timeZone } from './times';
import { useActions } from './use_actions';

/** How long a cancelled line stays, struck through. */
const CANCELLED_SHOWN_MS = 10_000;

export interface ScreenOptions {
  readonly page: string;
  readonly sounds: readonly Sound[];
  /** Whether guests who call for service are shown and answered here. */
  readonly answersCalls: boolean;
}

export type Screen = ReturnType<typeof useScreen>;

export function useScreen(box: BoxClient, options: ScreenOptions) {
  const { stationName } = provideContext(box);
  const actions = useActions(box);
  const sound = useSound(box, options.page);
  const chime = useChime(options.page, options.sounds);
  const cancelledNews = shallowRef<ReadonlySet<string>>(new Set());
  const cover = shallowRef<readonly StationCover[]>([]);
  const clockTrusted = ref(true);

  const station = computed<StationId | null>(() => box.session.value?.station ?? null);
  const route = computed(() => routing(station.value, cover.value));
  let maker: CardMaker | undefined;
  const made = computed(() => {
    maker = new CardMaker(route.value, cancelledNews.value, maker);
    return maker;
  });
  const orderCards = computed(() => made.value.byOrder(box.orders.value));
  const raised = computed(() =>
    alarms(orderCards.value, options.answersCalls ? box.calls.value : [], clockTrusted.value),
  );
  const audible = computed(() => (chime.isOn.value ? isRunning.value : null));

  watch(box.heartbeat, (heard) => {
    if (!heard) return;
    clockTrusted.value = heard.clock_trusted;
    if (coverKey(heard.cover) !== coverKey(cover.value)) cover.value = heard.cover;
  });
  watch(box.session, (session) => (timeZone.value = session?.time_zone), { immediate: true });
  watch(box.orders, (now, before) => {
    if (before.length === 0 && box.phase.value !== 'ready') return;
    const { sounds, cancelled } = news(before, now, (line) => route.value(line) !== null);
    chime.play(sounds);
    if (cancelled.length > 0) show(cancelled);
  });

  function show(cancelled: readonly string[]): void {
    cancelledNews.value = new Set([...cancelledNews.value, ...cancelled]);
    setTimeout(() => {
      cancelledNews.value = new Set([...cancelledNews.value].filter((line) => !cancelled.includes(line)));
    }, CANCELLED_SHOWN_MS);
  }

  /** A touch lets sound be heard; once it can be, the button switches it. */
  function switchSound(): void {
    if (chime.isOn.value && !isRunning.value) void allow();
    else if (!hasJustBegun()) chime.isOn.value = !chime.isOn.value;
  }

  onMounted(() => box.start());

  return { actions, sound, station, stationName, route, made, orderCards, alarms: raised, audible, switchSound };
}
