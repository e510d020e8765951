/** The box's voice as the set-up page shows it. Pure. */

/** A sound device of the box. */
export interface SoundDevice {
  /** As ALSA calls it: `plughw:CARD=USB`. */
  readonly name: string;
  readonly description: string;
}

/** How the voice fares. */
export interface VoiceStatus {
  readonly state: 'disabled' | 'starting' | 'speaking_with' | 'no_device' | 'restarting';
  readonly engine?: 'kokoro' | 'espeak' | 'chime_only';
  readonly reason?: string;
  /** Since the box started. */
  readonly said?: number;
  readonly expired?: number;
}

/** `GET /api/v1/voice`. */
export interface VoiceView {
  readonly status: VoiceStatus;
  readonly devices: readonly SoundDevice[];
  readonly chosen: string;
}

export interface Health {
  readonly kind: 'fine' | 'off' | 'bad';
  /** For the words of the page. */
  readonly word: string;
  /** For the person who looks after the box. */
  readonly reason: string;
}

/** Whether the voice does its work. With its full voice alone it does. */
export function healthOf({ state, engine = 'chime_only', reason = '' }: VoiceStatus): Health {
  if (state === 'speaking_with') return { kind: engine === 'kokoro' ? 'fine' : 'bad', word: engine, reason };
  return { kind: state === 'disabled' || state === 'starting' ? 'off' : 'bad', word: state, reason };
}

export interface Choice extends SoundDevice {
  /** It is set, and not plugged in. */
  readonly missing: boolean;
}

/** What can be chosen; a device that is set and gone stays in the list, so that nobody changes it by looking. */
export function choicesOf(devices: readonly SoundDevice[], set: string | undefined): Choice[] {
  const there = devices.map((one) => ({ ...one, missing: false }));
  const gone = set !== undefined && !devices.some(({ name }) => name === set);
  return gone ? [...there, { name: set, description: set, missing: true }] : there;
}
