/** Shows the box's sentence when it refuses something, and lets every other failure through. */
import { Refused } from '@shared/outbox';
import { showToast } from 'vant';
import 'vant/es/toast/style';

const SHOWN_MS = 5_000;

export function showRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
  showToast({ message: error.problem.detail, duration: SHOWN_MS, position: 'bottom', className: 'refusal' });
}
