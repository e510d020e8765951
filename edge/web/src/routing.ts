/**
 * Which lines a screen shows, by what the box says about the stations: its own, those of a station it stands in
 * for, and those that nobody shows, which every screen shows loudly (未分配). Pure.
 */
import type { LineView, StationCover, StationId } from '@shared/generated/wire';

/** Why a line is on this screen. `backup`: instead of the screens of that station. */
export type Shown =
  { readonly kind: 'own' } | { readonly kind: 'backup'; readonly station: StationId } | { readonly kind: 'unrouted' };

/** What this screen shows of the kitchen; `null` for what other screens do. */
export type Routing = (line: LineView) => Shown | null;

const OWN: Shown = { kind: 'own' };
const UNROUTED: Shown = { kind: 'unrouted' };

/** `station`: where this screen stands; none for a screen of the whole kitchen. No cover: a kitchen without a plan. */
export function routing(station: StationId | null, cover: readonly StationCover[]): Routing {
  const shownBy = new Map(cover.map((one) => [one.station, one.shown_by]));
  const routed = new Set(cover.filter((one) => !one.in_tray).map((one) => one.station));
  if (cover.length === 0) return () => OWN;
  return (line) => {
    const stations = line.stations ?? [];
    if (stations.length === 0 || stations.some((one) => !routed.has(one))) return UNROUTED;
    if (station === null || (stations.includes(station) && shownBy.get(station) === station)) return OWN;
    const covered = stations.find((one) => shownBy.get(one) === station);
    return covered === undefined ? null : { kind: 'backup', station: covered };
  };
}

/** Two covers that say the same, so that a heartbeat every two seconds draws nothing anew. */
export function coverKey(cover: readonly StationCover[]): string {
  return cover.map((one) => `${one.station}>${one.shown_by ?? ''}${one.in_tray ? '!' : ''}`).join(' ');
}
