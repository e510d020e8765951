/** What every card of a kitchen or expo screen needs to know, without each parent passing it on. */
import type { BoxClient } from '@shared/box';
import type { StationId } from '@shared/generated/wire';
import { named } from '@shared/words';
import { computed, inject, provide } from 'vue';
import type { ComputedRef, InjectionKey, Ref } from 'vue';
import { useI18n } from 'vue-i18n';

export interface Context {
  /** The box's clock, ticking: only the timers may read it, or everything would be drawn twice a second. */
  readonly nowMs: Ref<number>;
  /** The current business day. */
  readonly day: ComputedRef<string>;
  /** Tries so far of what is under way for each line. */
  readonly triesOf: ComputedRef<ReadonlyMap<string, number>>;
  readonly stationName: (station: StationId) => string;
}

const CONTEXT: InjectionKey<Context> = Symbol('kitchen context');

export function provideContext(box: BoxClient): Context {
  const { t } = useI18n();
  const names = computed(
    () => new Map(box.kitchen.value?.plan.stations.map((station) => [station.station, station.name])),
  );
  const triesOf = computed(() => {
    const entries = box.unanswered.value.flatMap(({ command, tries }) => {
      if ('line' in command) return [[command.line, Math.max(1, tries)] as const];
      return 'lines' in command && command.type !== 'place_order'
        ? (command.lines ?? []).map((line) => [line, Math.max(1, tries)] as const)
        : [];
    });
    return new Map(entries);
  });
  const context: Context = {
    nowMs: box.nowMs,
    day: box.day,
    triesOf,
    stationName: (station) => {
      const name = names.value.get(station);
      return name ? named(name) : t('station_unknown');
    },
  };
  provide(CONTEXT, context);
  return context;
}

export function useContext(): Context {
  const context = inject(CONTEXT);
  if (!context) throw new Error('a card stands outside of its screen');
  return context;
}
