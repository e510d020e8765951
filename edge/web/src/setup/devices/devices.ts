/** The shop's devices and how a new one comes in, as the set-up page shows them. Pure. */
import type { DeviceId, Role, RoomName, StationId } from '@shared/generated/wire';

/** One device of `GET /api/v1/devices`. */
export interface Device {
  readonly device: DeviceId;
  readonly name: string;
  readonly role: Role;
  readonly room?: RoomName | null;
  readonly station?: StationId | null;
  /** Grows each time it is moved. */
  readonly place: number;
  readonly speaks: boolean;
  /** Whether it is listening right now. */
  readonly here: boolean;
  readonly added_at?: string;
}

/** A new pairing, as `POST /api/v1/pairings` answers. */
export interface Pairing {
  readonly pairing: string;
  /** Eight digits. */
  readonly code: string;
  /** With the token in its fragment, for the QR code. */
  readonly url: string;
}

export type PairingState = 'open' | 'used' | 'expired' | 'locked' | 'withdrawn';

/** What has become of a pairing. */
export interface PairingView {
  readonly state: PairingState;
  /** The device that came in by it. */
  readonly device?: DeviceId;
}

/** How the box is reached in the shop's network, `GET /api/v1/lan`. */
export interface Lan {
  readonly tls: boolean;
  readonly pages: readonly string[];
  readonly mqtt: readonly string[];
  /** SHA-256 of the box's own authority, for comparing. */
  readonly ca_sha256?: string | null;
}

/** What a new device is to be. */
export interface Wanted {
  readonly role: Role;
  readonly name?: string;
  readonly room?: RoomName;
  readonly station?: StationId;
  readonly speaks?: boolean;
}

/** In the order in which a shop sets them up. */
export const ROLES: readonly Role[] = ['kitchen', 'pad', 'call_screen', 'expo', 'staff', 'speaker', 'cashier'];
const ORDER: Readonly<Record<Role, number>> = {
  cashier: 0,
  kitchen: 1,
  expo: 2,
  call_screen: 3,
  speaker: 4,
  staff: 5,
  pad: 6,
};

/** By what they are, then by where they stand and what they are called. */
export function inOrder(devices: readonly Device[]): Device[] {
  const place = (one: Device): string => `${one.room ?? one.station ?? ''} ${one.name} ${one.device}`;
  return [...devices].sort(
    (a, b) => ORDER[a.role] - ORDER[b.role] || place(a).localeCompare(place(b), 'zh', { numeric: true }),
  );
}

/** Where a device of such a role can stand; `null`: it can stand anywhere. */
export function placeOf(role: Role): 'room' | 'station' | null {
  if (role === 'pad') return 'room';
  return role === 'kitchen' ? 'station' : null;
}

/** `12345678` → `1234 5678`, as people read it to each other. */
export function grouped(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

/**
 * Milliseconds for which a pairing is open. The box ends it by its own clock, from which the one here may be far
 * away: so the time left is counted from the box's answer.
 */
export const OPEN_FOR_MS = 600_000;

/** Minutes and seconds that are left of a pairing, `9:41`; at its end `0:00`. */
export function timeLeft(passedMs: number): string {
  const seconds = Math.max(0, Math.ceil((OPEN_FOR_MS - passedMs) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** An address that another device reaches: a set-up page on the box itself knows only the box's own. */
export function reachable(url: string, pages: readonly string[]): string {
  const { origin, hostname } = new URL(url);
  return LOOPBACK.includes(hostname) && pages[0] ? pages[0] + url.slice(origin.length) : url;
}

/** A page's address without the secret behind it, to be typed on the new device. */
export function addressOf(url: string): string {
  return url.split('#')[0].replace(/^http:\/\//, '');
}
