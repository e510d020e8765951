/** The box's status as the front desk asks for it, once for every part of the page. */
import type { BoxClient } from '@shared/box';
import { inject, onBeforeUnmount, provide, shallowRef, watch } from 'vue';
import type { InjectionKey, ShallowRef } from 'vue';

/** How one part of the box is. */
export interface Part {
  readonly state: string;
  /** Whether it does its work; the cloud says it by its state alone. */
  readonly ok?: boolean;
  readonly detail?: string | null;
}

/** `GET /api/v1/status`, as far as it is shown here. */
export interface Status {
  /** Its version. */
  readonly program: string;
  readonly broker: Part;
  readonly voice: Part;
  readonly cloud: Part & { readonly unsent: number };
  /** `shows`: what the clock shows, believed or not. */
  readonly clock: { readonly trusted: boolean; readonly shows?: string; readonly time_zone: string };
  readonly set_aside: number;
}

const ASK_EVERY_MS = 5_000;
/** `null`: the box does not say. `undefined`: it has not been asked yet. */
export type StatusRef = ShallowRef<Status | null | undefined>;

const KEY: InjectionKey<StatusRef> = Symbol('status');

/** Asks again and again while the page is shown. */
export function provideStatus(box: BoxClient): void {
  const status: StatusRef = shallowRef();
  let timer = 0;
  async function ask(): Promise<void> {
    clearTimeout(timer);
    if (box.phase.value !== 'ready') return;
    status.value = await box.get<Status>('status').catch(() => null);
    timer = window.setTimeout(() => void ask(), ASK_EVERY_MS);
  }
  provide(KEY, status);
  watch(box.phase, () => void ask());
  onBeforeUnmount(() => clearTimeout(timer));
}

export function useStatus(): StatusRef {
  const status = inject(KEY);
  if (!status) throw new Error('the status is provided by the page');
  return status;
}
