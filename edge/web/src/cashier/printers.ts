/** The printers as the front desk asks for them, while the plan of the kitchen has any. */
import type { BoxClient } from '@shared/box';
import type { Name, PrintMode } from '@shared/generated/wire';
import { inject, onBeforeUnmount, provide, shallowRef, watch } from 'vue';
import type { InjectionKey, ShallowRef } from 'vue';

export type PrinterState = 'starting' | 'ready' | 'mute' | 'unreachable' | 'paper_out' | 'cover_open' | 'offline';

/** A slip that a printer still has. */
export interface Slip {
  readonly id: number;
  /** In one line. */
  readonly title: string;
  readonly made_at: string;
  /** Too old to be printed unasked: print it, yes or no? */
  readonly stale: boolean;
}

/** One of `GET /api/v1/printers`. */
export interface PrinterReport {
  readonly printer: string;
  readonly name: Name;
  readonly prints: PrintMode;
  readonly state: PrinterState;
  /** Of one that nobody answers at. */
  readonly reason?: string;
  /** Oldest first; the first hundred. */
  readonly slips: readonly Slip[];
}

export interface Printers extends Readonly<ShallowRef<readonly PrinterReport[]>> {
  /** Asks at once, after something was decided. */
  readonly ask: () => Promise<void>;
}

const ASK_EVERY_MS = 5_000;
const KEY: InjectionKey<Printers> = Symbol('printers');

/** Whether a person has to go there. One that has not been asked yet may be well. */
export function isDown({ state }: PrinterReport): boolean {
  switch (state) {
    case 'unreachable':
    case 'paper_out':
    case 'cover_open':
    case 'offline':
      return true;
    case 'starting':
    case 'ready':
    case 'mute':
      return false;
  }
}

/** Asks again and again while the page is shown and the kitchen has printers. */
export function providePrinters(box: BoxClient): void {
  const reports = shallowRef<readonly PrinterReport[]>([]);
  let timer = 0;
  async function ask(): Promise<void> {
    clearTimeout(timer);
    const has = (box.kitchen.value?.plan.printers.length ?? 0) > 0;
    if (box.phase.value !== 'ready' || !has) {
      reports.value = [];
      return;
    }
    reports.value = await box.get<PrinterReport[]>('printers').catch(() => reports.value);
    timer = window.setTimeout(() => void ask(), ASK_EVERY_MS);
  }
  provide(KEY, Object.assign(reports, { ask }));
  watch([box.phase, box.kitchen], () => void ask());
  onBeforeUnmount(() => clearTimeout(timer));
}

export function usePrinters(): Printers {
  const printers = inject(KEY);
  if (!printers) throw new Error('the printers are provided by the page');
  return printers;
}
