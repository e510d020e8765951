/**
 * Short tones of the screen itself, for a kitchen whose box is out of hearing. Browsers allow sound only after a
 * touch: until then, and while it is switched off, the page says that it is mute.
 */
import { ref, watch } from 'vue';
import type { Sound } from './news';

/** Each tone: its pitch in hertz and where it begins, in seconds. */
const TONES: Readonly<Record<Sound, readonly (readonly [number, number])[]>> = {
  new: [
    [660, 0],
    [880, 0.16],
  ],
  rush: [
    [988, 0],
    [988, 0.18],
    [988, 0.36],
  ],
  stop: [
    [440, 0],
    [311, 0.22],
  ],
  ready: [[784, 0]],
};
const TONE_S = 0.15;
const LOUDNESS = 0.25;
/** Of several things at once the gravest is heard. */
const BY_WEIGHT: readonly Sound[] = ['stop', 'rush', 'new', 'ready'];

export function useChime(page: string, wanted: readonly Sound[]) {
  const storageKey = `chuancai.${page}.sound`;
  const isOn = ref(localStorage.getItem(storageKey) !== 'off');
  /** Whether the browser lets it be heard. */
  const isAllowed = ref(false);
  let context: AudioContext | null = null;

  watch(isOn, (on) => localStorage.setItem(storageKey, on ? 'on' : 'off'));

  function allow(): void {
    context ??= new AudioContext();
    void context.resume().then(() => (isAllowed.value = context?.state === 'running'));
  }

  function play(sounds: ReadonlySet<Sound>): void {
    const sound = BY_WEIGHT.find((one) => sounds.has(one) && wanted.includes(one));
    if (!sound || !isOn.value || context?.state !== 'running') return;
    for (const [hertz, fromS] of TONES[sound]) tone(context, hertz, context.currentTime + fromS);
  }

  return { isOn, isAllowed, allow, play };
}

function tone(context: AudioContext, hertz: number, at: number): void {
  const oscillator = context.createOscillator();
  const loudness = context.createGain();
  oscillator.frequency.value = hertz;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
  loudness.gain.exponentialRampToValueAtTime(0.001, at + TONE_S);
  oscillator.connect(loudness).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE_S);
}
