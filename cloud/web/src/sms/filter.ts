/** Which messages are listed. It stands in the page's address, so that a figure leads to the messages behind it. */
import type { LocationQuery } from 'vue-router';
import { messageKinds, messageStates, type MessageKindWord, type MessageState } from '../api/types';

export interface MessageFilter {
  /** None: in any. */
  states: MessageState[];
  kind: MessageKindWord | undefined;
  shop: string | undefined;
  /** The brand's own systems asked, and no shop. */
  by: 'systems' | undefined;
  carrier: string | undefined;
  reason: string | undefined;
  from: string | undefined;
  to: string | undefined;
}

/** States of messages that are paid. */
export const charged: readonly MessageState[] = ['submitting', 'in_doubt', 'accepted', 'delivered', 'undelivered'];
/** States of messages that the carrier took. */
export const taken: readonly MessageState[] = ['accepted', 'delivered', 'undelivered'];

export function readFilter(query: LocationQuery): MessageFilter {
  const text = (name: string): string | undefined => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const day = (name: string): string | undefined => {
    const value = text(name);
    return value && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
  };
  const words = text('state')?.split(',') ?? [];
  const shop = text('shop');
  return {
    states: messageStates.filter((one) => words.includes(one)),
    kind: messageKinds.find((one) => one === text('kind')),
    shop,
    by: shop === undefined && text('by') === 'systems' ? 'systems' : undefined,
    carrier: text('carrier'),
    reason: text('reason'),
    from: day('from'),
    to: day('to'),
  };
}

/** The filter as the cloud, and this page's address, take it. */
export function asQuery(filter: MessageFilter): Record<string, string | undefined> {
  const { states, ...rest } = filter;
  return { ...rest, state: states.length === 0 ? undefined : states.join(',') };
}

export function isFiltered(filter: MessageFilter): boolean {
  return Object.values(asQuery(filter)).some((one) => one !== undefined);
}

/** Only what is said is asked for. */
export function encodeFilter(filter: MessageFilter): string {
  const pairs = Object.entries(asQuery(filter)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
