/**
 * The page's one way to the loudspeaker. Browsers let nothing be heard until somebody has touched the page: until
 * then `isRunning` is false, and a page that is to be heard says so.
 */
import { ref } from 'vue';

/** One tone: its pitch in hertz and where it begins, in seconds. */
export type Tone = readonly [hertz: number, fromS: number];

/** Whether what is played can be heard. */
export const isRunning = ref(false);

const TEST: readonly Tone[] = [
  [660, 0],
  [880, 0.16],
  [1047, 0.32],
];
const TONE_S = 0.15;
const LOUDNESS = 0.25;
/** A sound that has not ended so long after its end has been cut off. */
const GRACE_S = 3;

const JUST_MS = 1_000;

let context: AudioContext | null = null;
let runningSinceMs = -Infinity;

/** Asks for sound; granted in a touch or a key stroke, and in browsers that were told to allow it always. */
export async function allow(): Promise<void> {
  context ??= newContext();
  await context.resume();
}

function newContext(): AudioContext {
  const fresh = new AudioContext();
  fresh.onstatechange = () => {
    isRunning.value = fresh.state === 'running';
    if (isRunning.value) runningSinceMs = performance.now();
  };
  return fresh;
}

/** Whether it was the touch that is still under way which has allowed it. */
export function hasJustBegun(): boolean {
  return performance.now() - runningSinceMs < JUST_MS;
}

/** Allows sound at the first touch or key, and again after the system has taken it away. */
export function allowWhenTouched(): void {
  // A finger counts when it is lifted, a mouse button and a key when they go down.
  for (const touch of ['pointerdown', 'pointerup', 'keydown']) {
    window.addEventListener(touch, () => void (isRunning.value || allow()), { capture: true });
  }
}

/** Plays a sound file; resolves when it was heard to its end. `gain`: 1 is as it was recorded. */
export async function playFile(file: ArrayBuffer, gain: number): Promise<void> {
  if (context?.state !== 'running') throw new Error('the page has no sound yet');
  const sound = await context.decodeAudioData(file);
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  source.connect(new GainNode(context, { gain })).connect(context.destination);
  await new Promise<void>((resolve, reject) => {
    const cutOff = setTimeout(() => reject(new Error('the sound was cut off')), (sound.duration + GRACE_S) * 1000);
    source.onended = () => {
      clearTimeout(cutOff);
      resolve();
    };
    source.start();
  });
}

/** Plays tones, if sound is allowed. */
export function playTones(tones: readonly Tone[]): void {
  if (context?.state !== 'running') return;
  for (const [hertz, fromS] of tones) playTone(context, hertz, context.currentTime + fromS);
}

/** Something to hear, for whoever sets the loudspeaker up. */
export function playTest(): void {
  playTones(TEST);
}

function playTone(context: AudioContext, hertz: number, at: number): void {
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
