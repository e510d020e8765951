/** Lets a page say what the box gives it to say. A device whose session does not speak is never given any. */
import type { BoxClient } from '@shared/box';
import type { Message } from '@shared/generated/wire';
import { ProblemAnswer } from '@shared/requests';
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { allow, allowWhenTouched, isRunning, playFile, playTest } from './audio';
import { SoundQueue } from './queue';
import type { Said } from './queue';
import { SaidRing } from './said_ring';

const LOOK_EVERY_MS = 1_000;
const FETCH_AGAIN_MS = 2_000;

export type Sound = ReturnType<typeof useSound>;

/** `page`: the page's name, under which it remembers what it has said. */
export function useSound(box: BoxClient, page: string) {
  const key = `chuancai.${page}.said`;
  const saying = shallowRef<Message | null>(null);
  const said = shallowRef<readonly Said[]>([]);
  const queue = new SoundQueue({
    ring: new SaidRing({
      kept: () => localStorage.getItem(key),
      keep: (text) => localStorage.setItem(key, text),
    }),
    nowMs: () => box.nowMs.value,
    canSound: () => isRunning.value,
    fetch: (id) => fetchSound(box, id),
    pause: () => new Promise((resolve) => setTimeout(resolve, FETCH_AGAIN_MS)),
    play: playFile,
    report: (report) => box.report(report),
    changed: (now, before) => {
      saying.value = now;
      said.value = before;
    },
  });
  const speaks = computed(() => box.session.value?.speaks ?? false);

  allowWhenTouched();
  box.listen((message) => queue.offer(message));
  watch(isRunning, (now) => {
    queue.look();
    // What has waited for it is proof enough.
    if (now && speaks.value && !saying.value) playTest();
  });
  // A browser that was told to allow sound always needs no touch.
  watch(speaks, (now) => void (now && allow()), { immediate: true });
  const looking = setInterval(() => queue.look(), LOOK_EVERY_MS);
  onBeforeUnmount(() => clearInterval(looking));

  return {
    speaks,
    /** Whether somebody has to touch the page before it is heard. */
    needsTouch: computed(() => speaks.value && !isRunning.value),
    saying,
    said,
    replay: (message: Message) => queue.replay(message),
  };
}

/** A box that says no will say no again; one that has trouble may not. */
async function fetchSound(box: BoxClient, id: string): Promise<ArrayBuffer | null> {
  try {
    const file = await box.download(`messages/${id}/sound`);
    return await file.arrayBuffer();
  } catch (error) {
    if (error instanceof ProblemAnswer && error.problem.status < 500) return null;
    throw error;
  }
}
