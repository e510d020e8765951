/** Something that is asked of the cloud once, by pressing a button: whether it is under way, and why it was refused. */
import { ref, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { ProblemAnswer, SignedOut } from '../api/http';
import { noteSignedOut } from '../session';

export interface Acting {
  busy: Ref<boolean>;
  refused: Ref<string | null>;
  /** Resolves to whether it was done. */
  act: (what: () => Promise<void>) => Promise<boolean>;
}

export function useActing(): Acting {
  const { t } = useI18n();
  const busy = ref(false);
  const refused = ref<string | null>(null);

  function explain(error: unknown): string {
    if (error instanceof ProblemAnswer && error.problem.status < 500) return error.problem.detail;
    return error instanceof TypeError || error instanceof DOMException ? t('trouble.network') : t('trouble.cloud');
  }

  async function act(what: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    refused.value = null;
    try {
      await what();
      return true;
    } catch (error) {
      if (error instanceof SignedOut) noteSignedOut();
      else refused.value = explain(error);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, refused, act };
}
