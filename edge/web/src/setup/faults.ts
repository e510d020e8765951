/** What the box found wrong with a save, each at the place it names: `order_placed.room.speaker: no words`. Pure. */
import type { Name, Problem } from '@shared/generated/wire';
import { LISTS } from './document';
import type { SetupDocument } from './document';

export interface Fault {
  /** A cell of the announcements, `pad_call.3`, a dish, a station … */
  readonly at: string;
  /** What is wrong, in the box's words; empty when the place says it all. */
  readonly wrong: string;
}

export function faultsOf({ about = [] }: Problem): Fault[] {
  return about.map((text) => {
    const [at, ...wrong] = text.split(': ');
    return { at, wrong: wrong.join(': ') };
  });
}

/** The thing at fault as a person calls it; the box's own words where the document has no such thing. */
export function nameOfFault({ at, wrong }: Fault, document: SetupDocument, named: (name: Name) => string): string {
  for (const list of LISTS) {
    const keyed = (item: object): string => (list.what === 'pad_call' ? `pad_call.${list.key(item)}` : list.key(item));
    const found = list.items(document).find((item) => at === keyed(item) || at === `${keyed(item)}.said_as`);
    if (found) return named(list.name(found, document));
  }
  return wrong ? `${at}: ${wrong}` : at;
}
