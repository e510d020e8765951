/** What a waiter has to do now, the newest first; what is made and nobody has called for waits below. Pure. */
import type { Guest, Message, OrderView, ServiceCall } from '@shared/generated/wire';
import type { Told } from '@shared/inbox';
import { isMade } from '@shared/lines';
import type { Row } from '../kitchen/cards';

interface Due {
  readonly key: string;
  /** Since when, by the box's clock. */
  readonly since: string;
}

/** A guest who calls. */
export interface CallTask extends Due {
  readonly kind: 'call';
  readonly call: ServiceCall;
}

/** A guest's dishes at the pass. */
export interface PickupTask extends Due {
  readonly kind: 'pickup';
  readonly guest: Guest;
  readonly rows: readonly Row[];
  /** Somebody has called for a waiter. */
  readonly isCalled: boolean;
}

/** Something told that nobody here has said to know. */
export interface MessageTask extends Due {
  readonly kind: 'message';
  readonly message: Message;
}

export type Task = CallTask | PickupTask | MessageTask;

export function tasks(orders: readonly OrderView[], calls: readonly ServiceCall[], told: readonly Told[]): Task[] {
  const all: Task[] = [...calls.map(callTask), ...pickups(orders), ...told.flatMap(messageTask)];
  const newestFirst = all.sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
  return [...newestFirst.filter(isUrgent), ...newestFirst.filter((task) => !isUrgent(task))];
}

/** Whether it is news that should be felt. */
export function isUrgent(task: Task): boolean {
  return task.kind !== 'pickup' || task.isCalled;
}

function callTask(call: ServiceCall): CallTask {
  return { kind: 'call', key: `call.${guestKey(call.guest)}`, since: call.at, call };
}

/** Calls and pick-ups stand on the list by themselves, for as long as they are so. */
function messageTask({ message, isRead }: Told): MessageTask[] {
  const standsAlready = message.event === 'pickup_called' || message.event === 'service_called';
  if (isRead || standsAlready) return [];
  return [{ kind: 'message', key: `message.${message.id}`, since: message.at, message }];
}

function pickups(orders: readonly OrderView[]): PickupTask[] {
  const byGuest = new Map<string, Row[]>();
  for (const order of orders) {
    for (const line of order.lines.filter(isMade)) {
      const key = guestKey(order.guest);
      const row: Row = { key: line.line, line, order, shown: { kind: 'own' } };
      byGuest.set(key, [...(byGuest.get(key) ?? []), row]);
    }
  }
  return [...byGuest].map(([key, rows]) => pickupTask(key, rows));
}

/** A new call for any of it brings all of it up. */
function pickupTask(guest: string, rows: readonly Row[]): PickupTask {
  const isCalled = rows.some(({ line }) => line.state === 'notified');
  const times = rows.flatMap(({ line }) => {
    if (line.state === 'notified') return [line.called_at];
    return line.state === 'ready' && !isCalled ? [line.ready_at] : [];
  });
  const since = times.reduce((last, one) => (Date.parse(one) > Date.parse(last) ? one : last));
  const key = `pickup.${guest}${isCalled ? '' : '.ready'}`;
  return { kind: 'pickup', key, since, guest: rows[0].order.guest, rows, isCalled };
}

function guestKey(guest: Guest): string {
  return guest.kind === 'room' ? `room.${guest.room}` : `wristband.${guest.wristband}`;
}
