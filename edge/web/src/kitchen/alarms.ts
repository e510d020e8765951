/** What must not be overlooked on any screen of the kitchen. Pure. */
import { hasNotice } from '@shared/lines';
import type { OrderView, ServiceCall } from '@shared/generated/wire';
import type { OrderCard, Row } from './cards';

export interface Alarms {
  /** Orders whose guest has left while something was cooking or stood ready (K9). */
  readonly leftBehind: readonly { order: OrderView; rows: readonly Row[] }[];
  /** Lines that no station's screen shows. */
  readonly unrouted: number;
  /** Guests who call for service, where this screen answers them. */
  readonly calls: readonly ServiceCall[];
  readonly clockTrusted: boolean;
}

export function alarms(cards: readonly OrderCard[], calls: readonly ServiceCall[], clockTrusted: boolean): Alarms {
  const leftBehind = cards.flatMap(({ order, rows }) => {
    const left = rows.filter((row) => hasNotice(row.line, 'left_behind'));
    return left.length > 0 ? [{ order, rows: left }] : [];
  });
  const unrouted = cards.filter((card) => card.unrouted).reduce((sum, card) => sum + card.rows.length, 0);
  return { leftBehind, unrouted, calls, clockTrusted };
}
