/**
 * Where a pad stood when it was last sure of it, kept beside its credential: a pad that is carried to another room
 * while it is switched off still notices, and shows nothing of the guests before.
 */
import type { Session } from './generated/wire';

/** Whether the box now has the pad somewhere else than when it last asked. Remembers the new place. */
export function isCarriedAway(page: string, session: Session, storage: Storage = localStorage): boolean {
  const key = `chuancai.${page}.place`;
  const place = `${session.device} ${session.place}`;
  const before = storage.getItem(key);
  storage.setItem(key, place);
  return session.role === 'pad' && before !== null && before !== place;
}
