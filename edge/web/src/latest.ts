/** The words that a screen shows for a while and then no more. Pure. */
import type { Message } from '@shared/generated/wire';
import type { Told } from '@shared/inbox';

/** What was told last, for as long as it is worth telling. */
export function latest(told: readonly Told[], nowMs: number): Message | null {
  const last = told.at(0)?.message;
  return last && nowMs - Date.parse(last.at) < last.good_for_s * 1000 ? last : null;
}

