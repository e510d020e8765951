/**
 * The messages of this screen's account (M8). The broker may bring one twice, and a screen that was away is told
 * again: each is shown once, and every arrival is acknowledged, since a repeat means that the box has not heard of
 * the first. What was told outlives the page; whether somebody has read it is known to this browser alone.
 */
import type { Message, MessageReport } from './generated/wire';

export interface Told {
  readonly message: Message;
  /** Somebody has said here that they know. */
  readonly isRead: boolean;
}

export interface InboxStore {
  kept(): string | null;
  keep(text: string): void;
}

export interface InboxParts {
  readonly store: InboxStore;
  readonly report: (report: MessageReport) => void;
  /** The box asks the screen to fetch anew. */
  readonly refresh: () => void;
  readonly changed: (told: readonly Told[]) => void;
}

const TOLD_MAX = 50;
const KEPT_MS = 12 * 3_600_000;

export class Inbox {
  /** The newest first. */
  private told: readonly Told[];

  constructor(private readonly parts: InboxParts) {
    this.told = readTold(parts.store.kept());
    parts.changed(this.told);
  }

  /** Takes a message in. Whether it is new here. */
  receive(message: Message): boolean {
    this.parts.report({ id: message.id, became: 'acknowledged' });
    if (message.kind === 'refresh') {
      this.parts.refresh();
      return false;
    }
    if (this.told.some((one) => one.message.id === message.id)) return false;
    const others = this.told.filter((one) => !isRepeated(one.message, message) && isYoung(one.message, message));
    const sorted = [{ message, isRead: false }, ...others].sort((a, b) => sentMs(b.message) - sentMs(a.message));
    this.show(sorted.slice(0, TOLD_MAX));
    return true;
  }

  /** Somebody knows of these now. */
  read(ids: readonly string[]): void {
    this.show(this.told.map((one) => (ids.includes(one.message.id) ? { ...one, isRead: true } : one)));
  }

  forgetAll(): void {
    this.show([]);
  }

  private show(told: readonly Told[]): void {
    this.told = told;
    this.parts.store.keep(JSON.stringify(told));
    this.parts.changed(told);
  }
}

/** Whether `later` says the same thing once more, so that it takes the place of the earlier one. */
function isRepeated(earlier: Message, later: Message): boolean {
  const about = (message: Message): string => JSON.stringify([message.event, message.guest, message.text]);
  return later.nth > 1 && earlier.nth < later.nth && about(earlier) === about(later);
}

/** By the box's clock, which the new message brings with it. */
function isYoung(message: Message, now: Message): boolean {
  return sentMs(now) - sentMs(message) < KEPT_MS;
}

function sentMs(message: Message): number {
  return Date.parse(message.at);
}

/** What an earlier visit has kept; what cannot be read is nothing. */
function readTold(text: string | null): readonly Told[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter(isTold) : [];
  } catch {
    return [];
  }
}

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && 'message' in value && 'isRead' in value;
}
