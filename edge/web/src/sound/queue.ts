/**
 * What this device is to say (several speakers): one at a time, first announcements before repetitions, nothing
 * that is too old, and nothing twice. It knows neither loudspeaker nor network, so that the rules can be tested
 * without them.
 */
import type { Message, MessageReport } from '@shared/generated/wire';
import type { Outcome, SaidRing } from './said_ring';

/** Something that was said here, or should have been. */
export interface Said {
  readonly message: Message;
  readonly became: Outcome;
  /** When that was, in milliseconds by the box's clock. */
  readonly atMs: number;
}

export interface QueueParts {
  readonly ring: SaidRing;
  /** The box's clock. */
  readonly nowMs: () => number;
  /** Whether a sound would be heard. */
  readonly canSound: () => boolean;
  /** `null`: the box has no sound for it. Rejects when the box does not answer. */
  readonly fetch: (id: string) => Promise<ArrayBuffer | null>;
  /** Until the box may be asked again. */
  readonly pause: () => Promise<void>;
  /** Resolves when it was heard to its end. */
  readonly play: (sound: ArrayBuffer, gain: number) => Promise<void>;
  readonly report: (report: MessageReport) => void;
  /** `saying`: what is being said; `said`: what was, the newest first. */
  readonly changed: (saying: Message | null, said: readonly Said[]) => void;
}

interface Waiting {
  readonly message: Message;
  /** Somebody here wants to hear it once more: it has no age, and the box is told nothing. */
  readonly isReplay: boolean;
}

const SAID_MAX = 20;

export class SoundQueue {
  private waiting: Waiting[] = [];
  private saying: Message | null = null;
  private said: readonly Said[] = [];

  constructor(private readonly parts: QueueParts) {}

  /** Takes a message in; one that is not to be said here, or that is known, changes nothing. */
  offer(message: Message): void {
    if (message.speak === undefined || this.isWaiting(message)) return;
    const outcome = this.parts.ring.outcome(message.id);
    if (outcome) this.parts.report({ id: message.id, became: outcome });
    else this.add({ message, isReplay: false });
  }

  /** Says it once more, here alone. */
  replay(message: Message): void {
    if (!this.isWaiting(message)) this.add({ message, isReplay: true });
  }

  /** To be called when sound has been allowed, and now and then: what gets too old meanwhile says so. */
  look(): void {
    this.dropOld();
    if (this.saying || !this.parts.canSound()) return;
    const [next] = this.waiting.splice(0, 1);
    if (next) void this.say(next).then(() => this.look());
  }

  private isWaiting({ id }: Message): boolean {
    return this.saying?.id === id || this.waiting.some(({ message }) => message.id === id);
  }

  private add(one: Waiting): void {
    const isFirst = ({ message, isReplay }: Waiting): boolean => isReplay || message.nth === 1;
    const all = [...this.waiting, one];
    this.waiting = [...all.filter(isFirst), ...all.filter((other) => !isFirst(other))];
    this.look();
  }

  private dropOld(): void {
    const old = this.waiting.filter((one) => this.isOld(one));
    this.waiting = this.waiting.filter((one) => !this.isOld(one));
    for (const { message } of old) this.end(message, 'silent');
  }

  private isOld({ message, isReplay }: Waiting): boolean {
    return !isReplay && this.parts.nowMs() - Date.parse(message.at) > message.good_for_s * 1000;
  }

  private async say(one: Waiting): Promise<void> {
    const { message, isReplay } = one;
    this.show(message);
    const became = await this.sound(one).then(
      (isSpoken): Outcome => (isSpoken ? 'spoken' : 'silent'),
      (): Outcome => 'silent',
    );
    this.saying = null;
    if (isReplay) this.show(null);
    else this.end(message, became);
  }

  /** Whether it was heard: what takes too long to fetch is no longer worth it. */
  private async sound(one: Waiting): Promise<boolean> {
    const { message, isReplay } = one;
    const sound = await this.fetch(one);
    if (!sound || this.isOld(one)) return false;
    // Written down before it begins: a page that is closed in the middle does not begin again.
    if (!isReplay) this.parts.ring.keep(message.id, 'silent');
    await this.parts.play(sound, (message.speak ?? 100) / 100);
    return true;
  }

  /** Asks for as long as it is worth it: a box that is starting again answers soon. */
  private async fetch(one: Waiting): Promise<ArrayBuffer | null> {
    for (;;) {
      try {
        return await this.parts.fetch(one.message.id);
      } catch {
        if (one.isReplay || this.isOld(one)) return null;
        await this.parts.pause();
      }
    }
  }

  private end(message: Message, became: Outcome): void {
    this.parts.ring.keep(message.id, became);
    this.parts.report({ id: message.id, became });
    this.said = [{ message, became, atMs: this.parts.nowMs() }, ...this.said].slice(0, SAID_MAX);
    this.show(this.saying);
  }

  private show(saying: Message | null): void {
    this.saying = saying;
    this.parts.changed(saying, this.said);
  }
}
