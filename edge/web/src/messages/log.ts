/** The message log as it is read: what is asked for, how pages join, how long steps took. Pure. */
import type { Channel, MessageEvent, MessageRecord, MessageState, MessageStep } from '@shared/generated/wire';

export const STATES: readonly MessageState[] = ['queued', 'sent', 'acknowledged', 'spoken', 'skipped', 'failed'];

/** What is looked for; empty: everything. */
export interface Filter {
  readonly state: MessageState | '';
  readonly event: MessageEvent | '';
  readonly channel: Channel | '';
  /** A room or a wristband. */
  readonly guest: string;
}

export const NO_FILTER: Filter = { state: '', event: '', channel: '', guest: '' };

/** One page of `GET /api/v1/messages`, newest first. */
export interface LogPage {
  readonly records: readonly MessageRecord[];
  /** Where the page after it begins; `null`: there is none. */
  readonly next: string | null;
}

export const EMPTY_LOG: LogPage = { records: [], next: null };
const PAGE = 50;

/** `messages?limit=50&state=skipped`. */
export function queryFor(filter: Filter, before: string | null = null): string {
  const asked = Object.entries(filter).filter(([, value]) => value !== '') as [string, string][];
  const query = new URLSearchParams([['limit', String(PAGE)], ...asked, ...(before ? [['before', before]] : [])]);
  return `messages?${query.toString()}`;
}

/** What was known with an older page behind it. */
export function withOlder(known: LogPage, older: LogPage): LogPage {
  const ids = new Set(known.records.map(({ id }) => id));
  return { records: [...known.records, ...older.records.filter(({ id }) => !ids.has(id))], next: older.next };
}

/**
 * What was known with the newest page over it. When the two do not touch, something between them is missing, and
 * the newest page stands alone.
 */
export function withNewest(known: LogPage, newest: LogPage): LogPage {
  const ids = new Set(newest.records.map(({ id }) => id));
  const touch = known.records.some(({ id }) => ids.has(id));
  if (!touch || newest.next === null) return newest;
  return { records: [...newest.records, ...known.records.filter(({ id }) => !ids.has(id))], next: known.next };
}

/** Seconds that a step took since the one before; `null` for the first. */
export function tookS(steps: readonly MessageStep[], index: number): number | null {
  const [before, step] = [steps[index - 1], steps[index]];
  return before && step ? (Date.parse(step.at) - Date.parse(before.at)) / 1000 : null;
}

/** How it ended, by which it is coloured. */
export function mood(state: MessageState): 'open' | 'good' | 'quiet' | 'bad' {
  if (state === 'queued' || state === 'sent') return 'open';
  if (state === 'failed') return 'bad';
  return state === 'skipped' ? 'quiet' : 'good';
}
