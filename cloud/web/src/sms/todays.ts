/** The messages behind the figures of the day. */
import type { Message, MessageState } from '../api/types';
import { businessDay } from '../business_day';

export const todays = ['sent', 'delivered', 'failed'] as const;
export type Todays = (typeof todays)[number];

/** The states that each figure counts. */
const counted: Record<Todays, readonly MessageState[]> = {
  sent: ['accepted', 'delivered', 'undelivered'],
  delivered: ['delivered'],
  failed: ['failed', 'undelivered'],
};

/** Those of the present business day that the figure counts. */
export function behind(figure: Todays, messages: readonly Message[], now: string, timeZone: string): Message[] {
  const day = businessDay(now, timeZone);
  return messages.filter(
    (message) => businessDay(message.requested_at, timeZone) === day && counted[figure].includes(message.state),
  );
}

/** Whether messages, the newest first, go back to a day before the present one. */
export function reachYesterday(messages: readonly Message[], now: string, timeZone: string): boolean {
  const oldest = messages.at(-1);
  return oldest !== undefined && businessDay(oldest.requested_at, timeZone) < businessDay(now, timeZone);
}
