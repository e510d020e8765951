/** What differs between two states of the document, as a person would list it. Pure. */
import type { Name } from '@shared/generated/wire';
import { fieldsThatDiffer, LISTS } from './document';
import type { Item, ListOf, SetupDocument } from './document';

export interface Change {
  readonly kind: 'added' | 'changed' | 'removed' | 'reordered';
  readonly what: ListOf['what'];
  /** Of what changed; `null` when it is the order of them all. */
  readonly name: Name | null;
  /** The fields of it that changed. */
  readonly fields: readonly string[];
}

/** Everything that differs, list by list. */
export function changesBetween(before: SetupDocument, after: SetupDocument): Change[] {
  return LISTS.flatMap((list) => changesOfList(list, before, after));
}

function changesOfList(list: ListOf, before: SetupDocument, after: SetupDocument): Change[] {
  const old = byKey(list, before);
  const fresh = byKey(list, after);
  const changes: Change[] = [];
  for (const [key, item] of fresh) {
    const was = old.get(key);
    const fields = was ? fieldsThatDiffer(was, item) : [];
    const name = list.name(item, after);
    if (!was) changes.push({ kind: 'added', what: list.what, name, fields: [] });
    else if (fields.length > 0) changes.push({ kind: 'changed', what: list.what, name, fields });
  }
  for (const [key, item] of old) {
    if (!fresh.has(key)) {
      changes.push({ kind: 'removed', what: list.what, name: list.name(item, before), fields: [] });
    }
  }
  if (isReordered(old, fresh)) changes.push({ kind: 'reordered', what: list.what, name: null, fields: [] });
  return changes;
}

function byKey(list: ListOf, document: SetupDocument): Map<string, Item> {
  return new Map(list.items(document).map((item) => [list.key(item), item]));
}

/** Whether what stayed stands in another order. */
export function isReordered(before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>): boolean {
  const stayed = [...before.keys()].filter((key) => after.has(key));
  const now = [...after.keys()].filter((key) => before.has(key));
  return stayed.some((key, index) => now[index] !== key);
}
