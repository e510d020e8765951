/**
 * Brings the edits of this page and of somebody else together, thing by thing (a dish, a station): who alone changed
 * a thing, has it; where both did, the edits of this page stay and the thing is named. Pure.
 */
import type { Name } from '@shared/generated/wire';
import { isReordered } from './changes';
import { copy, LISTS, same } from './document';
import type { Item, ListOf, SetupDocument } from './document';

export interface Merged {
  readonly document: SetupDocument;
  /** What both have changed. */
  readonly clashes: readonly Name[];
}

export function merge(base: SetupDocument, mine: SetupDocument, theirs: SetupDocument): Merged {
  const document = copy(mine);
  const clashes = LISTS.flatMap((list) => {
    const merged = mergeList(list, base, mine, theirs);
    list.put(document, copy(merged.items));
    return merged.clashes;
  });
  return { document, clashes };
}

function mergeList(list: ListOf, base: SetupDocument, mine: SetupDocument, theirs: SetupDocument) {
  const index = (document: SetupDocument): Map<string, Item> =>
    new Map(list.items(document).map((item) => [list.key(item), item]));
  const [was, own, other] = [index(base), index(mine), index(theirs)];
  const clashes: Name[] = [];
  const items: Item[] = [];
  for (const key of order(was, own, other)) {
    const picked = pick(was.get(key), own.get(key), other.get(key));
    if (picked.item) items.push(picked.item);
    const shown = own.get(key) ?? other.get(key);
    if (picked.clash && shown) clashes.push(list.name(shown, own.has(key) ? mine : theirs));
  }
  return { items, clashes };
}

/** The order of whoever moved something, this page's first; what only the other has follows its neighbour. */
function order(
  was: ReadonlyMap<string, Item>,
  own: ReadonlyMap<string, Item>,
  other: ReadonlyMap<string, Item>,
): string[] {
  const leads = isReordered(was, own) || !isReordered(was, other);
  const [first, second] = leads ? [own, other] : [other, own];
  const keys = [...first.keys()];
  let before = -1;
  for (const key of second.keys()) {
    const place = keys.indexOf(key);
    if (place < 0) keys.splice((before += 1), 0, key);
    else before = place;
  }
  return keys;
}

function pick(was?: Item, own?: Item, other?: Item): { item?: Item; clash: boolean } {
  if (same(own, was)) return { item: other, clash: false };
  if (same(other, was) || same(own, other)) return { item: own, clash: false };
  return { item: own ?? other, clash: true };
}
