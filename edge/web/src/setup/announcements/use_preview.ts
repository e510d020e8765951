/** Hearing how something is said: here in the browser, or on the box's own speaker. */
import { ProblemAnswer } from '@shared/requests';
import { onBeforeUnmount, ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Source } from '@shared/generated/wire';
import type { Desk } from '../../desk';

/** What the box says as a sample: a sentence with its gaps filled, or words. */
export type Preview =
  { readonly template: string; readonly source: Source } | { readonly words: string; readonly said_as?: string };

export function usePreview(desk: Desk) {
  const { t } = useI18n();
  const busy = ref(false);
  /** Why nothing was heard, for a person. */
  const trouble = ref('');
  let playing: HTMLAudioElement | null = null;

  function stop(): void {
    playing?.pause();
    playing = null;
  }

  async function attempt(hear: () => Promise<void>): Promise<boolean> {
    busy.value = true;
    trouble.value = '';
    try {
      await hear();
      return true;
    } catch (error) {
      trouble.value = error instanceof ProblemAnswer ? error.problem.detail : t('preview.no_answer');
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** Plays it here. `percent`: how loud. */
  function listen(preview: Preview, percent = 100): Promise<boolean> {
    stop();
    return attempt(async () => {
      const address = URL.createObjectURL(await desk.download('voice/preview', preview));
      const audio = new Audio(address);
      audio.volume = percent / 100;
      audio.onended = () => URL.revokeObjectURL(address);
      playing = audio;
      await audio.play();
    });
  }

  /** Lets the box say it. */
  function sayAloud(preview: Preview): Promise<boolean> {
    return attempt(() => desk.tell('POST', 'voice/preview?on=speaker', preview));
  }

  onBeforeUnmount(stop);
  return { busy, trouble, listen, sayAloud };
}
