/** The unsaved document in the browser, so that a reload or a dead tablet loses nothing. */
import type { Base, SetupDocument } from './document';

export interface Draft {
  /** What was edited. */
  readonly base: Base;
  readonly document: SetupDocument;
}

/** Where texts are kept: the browser's storage, or a map in a test. */
export interface TextStore {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

const KEY = 'chuancai.setup.draft';
/** Another shape of the draft gets another number, and an old one is not misread. */
const SHAPE = 2;

export function keepDraft(store: TextStore, draft: Draft): void {
  store.setItem(KEY, JSON.stringify({ shape: SHAPE, ...draft }));
}

export function dropDraft(store: TextStore): void {
  store.removeItem(KEY);
}

/** The draft of an earlier visit. `null` when there is none that can be read. */
export function keptDraft(store: TextStore): Draft | null {
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? 'null') as (Draft & { shape: number }) | null;
    return kept?.shape === SHAPE ? { base: kept.base, document: kept.document } : null;
  } catch {
    return null;
  }
}
