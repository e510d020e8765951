/** What this device has begun to say, and how that ended: the last of it, kept across reloads, so that nothing is said twice. */

export type Outcome = 'spoken' | 'silent';

export interface SaidStore {
  kept(): string | null;
  keep(text: string): void;
}

const KEPT_MAX = 500;

export class SaidRing {
  private readonly outcomes: Map<string, Outcome>;

  constructor(private readonly store: SaidStore) {
    this.outcomes = new Map(readRing(store.kept()));
  }

  /** How it ended; `null` for what was never begun. */
  outcome(id: string): Outcome | null {
    return this.outcomes.get(id) ?? null;
  }

  keep(id: string, outcome: Outcome): void {
    this.outcomes.delete(id);
    this.outcomes.set(id, outcome);
    const [oldest] = this.outcomes.keys();
    if (this.outcomes.size > KEPT_MAX) this.outcomes.delete(oldest);
    this.store.keep(JSON.stringify([...this.outcomes]));
  }
}

function readRing(text: string | null): [string, Outcome][] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? (kept.filter(Array.isArray) as [string, Outcome][]) : [];
  } catch {
    return [];
  }
}
