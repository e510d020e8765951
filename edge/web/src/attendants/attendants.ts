/** Attendants (技师): who is on duty (M5) and who is wanted in which room. Pure. */
import type { Command, Guest, KitchenView, OrderView, ServiceCall, Session } from '@shared/generated/wire';

/** Characters of an attendant's or a room's name, as the box takes them. */
export const LABEL_MAX = 16;

/** By number as people count, then by name. */
export function inOrder(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => a.localeCompare(b, 'zh', { numeric: true }));
}

/** Rooms that this page has heard of, to choose from; any other can be typed. */
export function knownRooms(
  orders: readonly OrderView[],
  calls: readonly ServiceCall[],
  kitchen: KitchenView | null,
): string[] {
  const roomOf = (guest: Guest): string[] => (guest.kind === 'room' ? [guest.room] : []);
  const guests = [...orders, ...calls].flatMap(({ guest }) => roomOf(guest));
  return inOrder([...guests, ...(kitchen?.plan.areas.flatMap(({ rooms }) => rooms) ?? [])]);
}

/** 叫技师: where it is told is for the settings to say (M3). */
export function attendantCall({ brand, shop }: Session, attendant: string, roomName: string): Command {
  const params = { attendant, roomName };
  return { type: 'send_call', call: { brand, shop, event: 'attendant_called', kind: 'announce', params } };
}
