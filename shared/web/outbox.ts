/**
 * The requests of this screen that have no answer yet (K11). Each is written down with its id before the first
 * try and sent again under the same id until the box has answered, across reloads. It knows nothing of HTTP:
 * `deliver` does, so that the rules can be tested without a network.
 */
import type { Answer, Command, Problem } from './generated/wire';

export interface Unanswered {
  readonly id: string;
  readonly command: Command;
  /** `place` of the session it was asked in: asked for the guests of one room, it is not for those of another. */
  readonly place?: number;
  /** Tries so far. */
  readonly tries: number;
}

/** How one try ended. `silence`: no answer, or the box could not; it may or may not have happened. */
export type Delivery = { kind: 'answer'; answer: Answer } | { kind: 'problem'; problem: Problem } | { kind: 'silence' };

/** The box has said no. Nothing was changed, and it will not be tried again. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    readonly command: Command,
  ) {
    super(problem.detail);
    this.name = 'Refused';
  }
}

/** Keeps texts by id and outlives the page. */
export interface OutboxStore {
  all(): string[];
  keep(id: string, text: string): void;
  forget(id: string): void;
}

export interface OutboxParts {
  readonly deliver: (id: string, command: Command, place?: number) => Promise<Delivery>;
  readonly mintId: () => string;
  /** `place` of the session, once it is known. */
  readonly place: () => number | undefined;
  /** Where requests are written down, each under its own id, so that two windows never write over each other. */
  readonly store: OutboxStore;
  readonly later: (action: () => void, delayMs: number) => void;
  readonly changed: (entries: readonly Unanswered[]) => void;
  readonly answered: (command: Command, answer: Answer) => void;
  /** The box has refused one left over from before a reload, whose promise nobody holds any more. */
  readonly refused: (refusal: Refused) => void;
}

const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 60_000;

/** Milliseconds from the `tries`-th try to the next: 3 s, 6 s, 12 s … 60 s. */
export function retryDelayMs(tries: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1));
}

interface Waiter {
  resolve(answer: Answer): void;
  reject(refusal: Refused): void;
}

export class Outbox {
  private entries: Unanswered[];
  private readonly waiters = new Map<string, Waiter>();
  private readonly underWay = new Set<string>();

  constructor(private readonly parts: OutboxParts) {
    this.entries = parts.store.all().flatMap(readEntry);
    parts.changed(this.entries);
  }

  /** Sends a command and resolves with the box's answer, however long that takes. Rejects with `Refused`. */
  send(command: Command): Promise<Answer> {
    const entry: Unanswered = { id: this.parts.mintId(), command, place: this.parts.place(), tries: 0 };
    this.keep(entry);
    return new Promise((resolve, reject) => {
      this.waiters.set(entry.id, { resolve, reject });
      void this.attempt(entry.id);
    });
  }

  /** Tries everything now: at the start, and when the box is heard again. */
  sendAll(): void {
    for (const entry of this.entries) void this.attempt(entry.id);
  }

  /** Nothing of it is asked any more, and nobody is told what becomes of what is on its way: the askers have gone. */
  forgetAll(): void {
    this.waiters.clear();
    for (const { id } of this.entries) this.parts.store.forget(id);
    this.show([]);
  }

  /** `after`: only if nothing else has tried since that many tries, so that retries do not multiply. */
  private async attempt(id: string, after?: number): Promise<void> {
    const entry = this.entries.find((other) => other.id === id);
    if (!entry || this.underWay.has(id) || (after !== undefined && entry.tries !== after)) return;
    this.underWay.add(id);
    const tries = entry.tries + 1;
    this.keep({ ...entry, tries });
    const delivery = await this.parts.deliver(id, entry.command, entry.place);
    this.underWay.delete(id);
    if (!this.entries.some((other) => other.id === id)) return;
    if (delivery.kind === 'silence') {
      this.parts.later(() => void this.attempt(id, tries), retryDelayMs(tries));
      return;
    }
    this.forget(id);
    this.settle(id, entry.command, delivery);
  }

  private settle(id: string, command: Command, delivery: Exclude<Delivery, { kind: 'silence' }>): void {
    const waiter = this.waiters.get(id);
    this.waiters.delete(id);
    if (delivery.kind === 'answer') {
      this.parts.answered(command, delivery.answer);
      waiter?.resolve(delivery.answer);
      return;
    }
    const refusal = new Refused(delivery.problem, command);
    if (waiter) waiter.reject(refusal);
    else this.parts.refused(refusal);
  }

  private keep(entry: Unanswered): void {
    // A manager's PIN is never written down: what carries one does not outlive the page.
    if (!('pin' in entry.command)) this.parts.store.keep(entry.id, JSON.stringify(entry));
    const known = this.entries.some((other) => other.id === entry.id);
    this.show(known ? this.entries.map((other) => (other.id === entry.id ? entry : other)) : [...this.entries, entry]);
  }

  private forget(id: string): void {
    this.parts.store.forget(id);
    this.show(this.entries.filter((other) => other.id !== id));
  }

  private show(entries: Unanswered[]): void {
    this.entries = entries;
    this.parts.changed(entries);
  }
}

function readEntry(text: string): Unanswered[] {
  try {
    const entry: unknown = JSON.parse(text);
    return isEntry(entry) ? [entry] : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Unanswered {
  return typeof value === 'object' && value !== null && 'id' in value && 'command' in value && 'tries' in value;
}
