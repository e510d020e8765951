/** Keeps what a page shows up to date: asks again every 2 s while somebody can see it. */
import { onScopeDispose, reactive, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { SignedOut } from './api/http';
import { noteSignedOut } from './session';

export const POLL_MS = 2_000;

/** When the cloud was last heard, for the sign at the top of every page. */
export const pulse = reactive<{ heardAt: number | null; failing: boolean }>({ heardAt: null, failing: false });

export interface Poll<T> {
  data: ShallowRef<T | null>;
  /** Why there is no data, or why it no longer changes. */
  error: Ref<unknown>;
  /** The data belongs to an earlier choice; the answer to the present one is on its way. */
  outdated: Ref<boolean>;
  /** Asks now. */
  again: () => void;
}

/** Asks with `ask` until the scope ends, and at once whenever `choice` changes. */
export function usePoll<T>(choice: () => string, ask: (signal: AbortSignal) => Promise<T>, everyMs = POLL_MS): Poll<T> {
  const data = shallowRef<T | null>(null);
  const error = ref<unknown>(null);
  const outdated = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inFlight: AbortController | undefined;

  async function round(): Promise<void> {
    clearTimeout(timer);
    inFlight?.abort();
    const mine = (inFlight = new AbortController());
    try {
      const answer = await ask(mine.signal);
      if (mine.signal.aborted) return;
      data.value = answer;
      error.value = null;
      outdated.value = false;
      pulse.heardAt = Date.now();
      pulse.failing = false;
    } catch (failure) {
      if (mine.signal.aborted) return;
      if (failure instanceof SignedOut) return noteSignedOut();
      error.value = failure;
      pulse.failing = true;
    }
    if (!document.hidden) timer = setTimeout(() => void round(), everyMs);
  }

  function seen(): void {
    if (document.hidden) clearTimeout(timer);
    else void round();
  }

  watch(
    choice,
    () => {
      outdated.value = data.value !== null;
      error.value = null;
      void round();
    },
    { immediate: true },
  );
  document.addEventListener('visibilitychange', seen);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', seen);
    clearTimeout(timer);
    inFlight?.abort();
  });
  return { data, error, outdated, again: () => void round() };
}
