/** Sentences over the foot of the page: the box's own when it refuses something, and a page's. */
import { Refused } from '@shared/outbox';
import { showToast } from 'vant';
import 'vant/es/toast/style';

const SHOWN_MS = 5_000;

/** Shows a refusal, and lets every other failure through. */
export function showRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
  showSentence(error.problem.detail);
}

/** A sentence for the person, over the foot of the page. */
export function showSentence(message: string): void {
  showToast({ message, duration: SHOWN_MS, position: 'bottom', className: 'refusal' });
}
