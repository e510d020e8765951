/** What has just happened that a cook should hear or still see. Pure; looks only at orders that have changed. */
import { hasNotice } from '@shared/lines';
import type { LineView, OrderView } from '@shared/generated/wire';

export type Sound = 'new' | 'rush' | 'stop' | 'ready';

export interface News {
  readonly sounds: ReadonlySet<Sound>;
  /** Lines that were there before and are cancelled now. */
  readonly cancelled: readonly string[];
}

/** Compares two boards. Nothing was known before: nothing is news. */
export function news(
  before: readonly OrderView[],
  now: readonly OrderView[],
  isShown: (line: LineView) => boolean,
): News {
  const known = new Map(before.map((order) => [order.order, order]));
  const sounds = new Set<Sound>();
  const cancelled: string[] = [];
  for (const order of now) {
    const old = known.get(order.order);
    if (old === order) continue;
    const oldLines = new Map(old?.lines.map((line) => [line.line, line]));
    for (const line of order.lines.filter(isShown)) {
      const was = oldLines.get(line.line);
      if (was && was.state !== 'cancelled' && line.state === 'cancelled') cancelled.push(line.line);
      const sound = soundOf(was, line);
      if (sound) sounds.add(sound);
    }
  }
  return { sounds, cancelled };
}

function soundOf(was: LineView | undefined, line: LineView): Sound | null {
  if (isNewly('voided', was, line) || isNewly('left_behind', was, line)) return 'stop';
  if ((line.rush?.count ?? 0) > (was?.rush?.count ?? 0)) return 'rush';
  if (was && was.state !== 'ready' && line.state === 'ready') return 'ready';
  const isFired = was?.state === 'held' && line.state === 'waiting';
  return isFired || (!was && line.state === 'waiting') ? 'new' : null;
}

function isNewly(notice: 'voided' | 'left_behind', was: LineView | undefined, line: LineView): boolean {
  return hasNotice(line, notice) && !(was && hasNotice(was, notice));
}
