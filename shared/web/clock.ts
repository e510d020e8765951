/**
 * The box's clock on a screen. Screens have wrong clocks, so every timer runs by what the box last said plus the
 * monotonic time since.
 */

/** Below this a correction is network jitter and would only make seconds jump. */
const JITTER_MS = 300;

export class BoxClock {
  private offsetMs: number | null = null;

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** The box said that it is `now`. */
  heard(now: string): void {
    const offsetMs = Date.parse(now) - this.monotonicMs();
    if (Number.isNaN(offsetMs)) return;
    if (this.offsetMs === null || Math.abs(offsetMs - this.offsetMs) > JITTER_MS) this.offsetMs = offsetMs;
  }

  /** Milliseconds since 1970 by the box's clock; `null` until the box has spoken. */
  nowMs(): number | null {
    return this.offsetMs === null ? null : this.offsetMs + this.monotonicMs();
  }
}

/** Whole seconds from an instant of the box to another, never negative. */
export function secondsSince(instant: string, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - Date.parse(instant)) / 1000));
}
