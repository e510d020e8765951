/**
 * Short tones of the screen itself, for a kitchen whose box is out of hearing. Browsers allow sound only after a
 * touch: until then, and while it is switched off, the page says that it is mute.
 */
import { ref, watch } from 'vue';
import { isRunning, playTones } from '../sound/audio';
import type { Tone } from '../sound/audio';
import type { Sound } from './news';

const TONES: Readonly<Record<Sound, readonly Tone[]>> = {
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
/** Of several things at once the gravest is heard. */
const BY_WEIGHT: readonly Sound[] = ['stop', 'rush', 'new', 'ready'];

export function useChime(page: string, wanted: readonly Sound[]) {
  const storageKey = `chuancai.${page}.sound`;
  const isOn = ref(localStorage.getItem(storageKey) !== 'off');

  watch(isOn, (on) => localStorage.setItem(storageKey, on ? 'on' : 'off'));

  function play(sounds: ReadonlySet<Sound>): void {
    const sound = BY_WEIGHT.find((one) => sounds.has(one) && wanted.includes(one));
    if (sound && isOn.value && isRunning.value) playTones(TONES[sound]);
  }

  return { isOn, play };
}
