/** What a page asks of the box about attendants, one thing at a time, and what the box said to it. */
import type { Command, Session } from '@shared/generated/wire';
import { Refused } from '@shared/outbox';
import { roomName } from '@shared/words';
import { computed, ref } from 'vue';
import type { Ref } from 'vue';
import { attendantCall, inOrder } from './attendants';

/** Of the box, what attendants need. */
export interface AttendantBox {
  readonly session: Readonly<Ref<Session | null>>;
  readonly onDuty: Readonly<Ref<readonly string[]>>;
  send(command: Command): Promise<unknown>;
}

/** What became of the last thing asked. `refused` is in the box's own words. */
export type Said = { kind: 'done' | 'refused'; text: string };

type Translate = (key: string, about: Record<string, string>) => string;

export function useAttendants(box: AttendantBox, t: Translate) {
  const picked = ref<string | null>(null);
  const said = ref<Said | null>(null);
  const busy = ref(false);

  const onDuty = computed(() => inOrder(box.onDuty.value));
  /** Who has gone off duty meanwhile, perhaps from another screen, is chosen no longer. */
  const chosen = computed(() => onDuty.value.find((name) => name === picked.value) ?? null);

  /** Whether it is done. Other failures than a refusal are let through. */
  async function ask(command: Command, done: string): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    said.value = null;
    try {
      await box.send(command);
      said.value = { kind: 'done', text: done };
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      said.value = { kind: 'refused', text: error.problem.detail };
      return false;
    } finally {
      busy.value = false;
    }
  }

  function choose(attendant: string): void {
    picked.value = chosen.value === attendant ? null : attendant;
    said.value = null;
  }

  /** 上钟 */
  async function start(attendant: string): Promise<boolean> {
    if (onDuty.value.includes(attendant)) {
      said.value = { kind: 'refused', text: t('attendants.already', { attendant }) };
      return false;
    }
    return ask({ type: 'start_duty', attendant }, t('attendants.started', { attendant }));
  }

  /** 下钟 */
  async function end(attendant: string): Promise<boolean> {
    return ask({ type: 'end_duty', attendant }, t('attendants.ended', { attendant }));
  }

  /** 叫技师 */
  async function call(attendant: string, room: string): Promise<boolean> {
    const session = box.session.value;
    if (!session) return false;
    const done = t('attendants.called', { attendant, room: roomName(room) });
    return ask(attendantCall(session, attendant, room), done);
  }

  return { onDuty, chosen, said, busy, choose, start, end, call };
}
