/** Unanswered requests in the browser's storage, one key each. */
import type { OutboxStore } from './outbox';

export function outboxStore(prefix: string): OutboxStore {
  return {
    all() {
      const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '');
      return keys.filter((key) => key.startsWith(prefix)).map((key) => localStorage.getItem(key) ?? '');
    },
    keep: (id, text) => localStorage.setItem(prefix + id, text),
    forget: (id) => localStorage.removeItem(prefix + id),
  };
}
