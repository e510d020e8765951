/** The words that a screen shows for a while and then no more. Pure. */
import type { Message } from '@shared/generated/wire';
import type { Told } from '@shared/inbox';

/** What was told last, for as long as it is worth telling by the box’s clock; nothing while that is unknown (0). */
export function latest(told: readonly Told[], nowMs: number): Message | null {
  const last = told.at(0)?.message;
  return last && nowMs > 0 && nowMs - Date.parse(last.at) < last.good_for_s * 1000 ? last : null;
}
