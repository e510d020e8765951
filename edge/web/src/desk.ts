/**
 * The box as the office pages see it: set-up and statistics are the cashier's, and ask over HTTP alone, so that the
 * cashier page beside them keeps the broker's one connection.
 */
import { takeCredential } from '@shared/credential';
import type { Answer, Command, Session } from '@shared/generated/wire';
import { BoxHttp, ProblemAnswer, rejectionOf } from '@shared/requests';
import { language } from '@shared/words';
import { v4 as mintId } from 'uuid';
import { ref, shallowRef } from 'vue';

export type DeskPhase = 'not_set_up' | 'rejected' | 'connecting' | 'not_cashier' | 'ready';

/** The box gave no answer: it may or may not have happened. */
export class NoAnswer extends Error {}

const AGAIN_MS = 2_000;
const TRIES_MAX = 3;

export class Desk {
  readonly phase = ref<DeskPhase>('connecting');
  readonly session = shallowRef<Session | null>(null);
  /** Why the box does not know this device, in its own words. */
  readonly rejection = ref('');
  private readonly http: BoxHttp | null;

  constructor() {
    const credential = takeCredential('cashier');
    this.http = credential && new BoxHttp(credential, () => language.value);
  }

  /** Resolves once the box has answered and knows this device as a cashier. */
  async open(): Promise<void> {
    if (!this.http) {
      this.phase.value = 'not_set_up';
      return new Promise(() => undefined);
    }
    for (;;) {
      try {
        this.session.value = await this.http.get<Session>('session');
        this.phase.value = this.session.value.role === 'cashier' ? 'connecting' : 'not_cashier';
        if (this.phase.value === 'connecting') return;
      } catch (error) {
        const rejection = rejectionOf(error);
        this.rejection.value = rejection ?? '';
        this.phase.value = rejection === null ? 'connecting' : 'rejected';
      }
      await pause(AGAIN_MS);
    }
  }

  get<T>(what: string): Promise<T> {
    return this.given().get<T>(what);
  }

  tell(method: 'POST' | 'DELETE', what: string, body?: unknown): Promise<void> {
    return this.given().tell(method, what, body);
  }

  ask<T>(method: 'POST' | 'PUT', what: string, body: unknown): Promise<T> {
    return this.given().ask<T>(method, what, body);
  }

  download(what: string, body?: unknown): Promise<Blob> {
    return this.given().download(what, body);
  }

  upload<T>(method: 'PUT' | 'POST', what: string, file: Blob): Promise<T> {
    return this.given().upload<T>(method, what, file);
  }

  /** Asks for something. Rejects with `ProblemAnswer`, or `NoAnswer` after a few tries under the same id. */
  async command(command: Command): Promise<Answer> {
    const id = mintId();
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const delivery = await this.given().deliver(id, command, this.session.value?.place);
      if (delivery.kind === 'answer') return delivery.answer;
      if (delivery.kind === 'problem') throw new ProblemAnswer(delivery.problem);
      if (tries < TRIES_MAX) await pause(AGAIN_MS);
    }
    throw new NoAnswer();
  }

  private given(): BoxHttp {
    if (!this.http) throw new Error('a page that is not set up cannot ask for anything');
    return this.http;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
