/**
 * The box as a page sees it: who this screen is, what is on the board and the menu, how long ago the box was last
 * heard, and a way to ask for something. Everything here is reactive and looks after itself: it reconnects,
 * catches up by revision, and starts over when the box has restarted.
 */
import type { MqttClient } from 'mqtt';
import { v4 as mintId } from 'uuid';
import { computed, ref, shallowRef } from 'vue';
import { adopt, isBehind, learn, NOTHING, receive } from './board';
import { connectBroker } from './broker';
import { BoxClock } from './clock';
import { takeCredential } from './credential';
import type { Credential } from './credential';
import type {
  Answer,
  Board,
  BoardEvent,
  Command,
  Heartbeat,
  KitchenView,
  MenuEvent,
  MenuView,
  Role,
  Session,
} from './generated/wire';
import { Outbox } from './outbox';
import { outboxStore } from './outbox_store';
import type { Refused, Unanswered } from './outbox';
import { BoxHttp, ProblemAnswer } from './requests';

/** What a page can show. `elsewhere`: the same device is open in another window, which has the connection now. */
export type Phase = 'not_set_up' | 'rejected' | 'connecting' | 'ready' | 'elsewhere';

export interface PageEvents {
  /** A command of this page has been granted, perhaps one from before a reload. */
  readonly answered?: (command: Command, answer: Answer) => void;
  /** A command from before a reload has been refused. */
  readonly refused?: (refusal: Refused) => void;
}

const STALE_AFTER_MS = 5_000;
const TICK_MS = 500;
const FETCH_AGAIN_MS = 2_000;
const REJECTED_AGAIN_MS = 15_000;
/** Who sees the plan of the kitchen. */
const PLANNED: readonly Role[] = ['kitchen', 'expo', 'cashier'];

export class BoxClient {
  readonly phase = ref<Phase>('connecting');
  /** Why the box does not know this device, in its own words. */
  readonly rejection = ref('');
  readonly session = shallowRef<Session | null>(null);
  readonly menu = shallowRef<MenuView | null>(null);
  /** The plan of the kitchen, for the roles that work by it. */
  readonly kitchen = shallowRef<KitchenView | null>(null);
  readonly heartbeat = shallowRef<Heartbeat | null>(null);
  /** Requests of this screen that the box has not answered yet. */
  readonly unanswered = shallowRef<readonly Unanswered[]>([]);
  /** The box's clock, ticking. */
  readonly nowMs = ref(0);
  /** Milliseconds since the box was last heard. */
  readonly silentMs = ref(0);
  readonly stale = computed(() => this.silentMs.value > STALE_AFTER_MS);
  readonly orders = computed(() => this.known.value.orders);
  readonly calls = computed(() => this.known.value.calls);
  readonly day = computed(() => this.known.value.day);

  private readonly known = shallowRef(NOTHING);
  private readonly clock = new BoxClock();
  private lastHeardMs: number | null = null;
  private readonly credential: Credential | null;
  private readonly http: BoxHttp | null;
  private readonly outbox: Outbox | null;
  private broker: MqttClient | null = null;
  private windows: BroadcastChannel | null = null;
  private fetching: Promise<void> | null = null;
  private fetchAgain = false;

  /** `page` is the page's name, under which its credential and its unanswered requests are kept. */
  constructor(page: string, language: () => string, events: PageEvents = {}) {
    this.credential = takeCredential(page);
    this.http = this.credential && new BoxHttp(this.credential, language);
    this.outbox = this.http && this.openOutbox(page, this.http, events);
  }

  /** Begins; never ends, as a screen does not. */
  start(): void {
    if (!this.credential) {
      this.phase.value = 'not_set_up';
      return;
    }
    this.shareWithWindows(this.credential);
    setInterval(() => this.tick(), TICK_MS);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.wake());
    window.addEventListener('online', () => this.wake());
    void this.introduce();
  }

  /** Asks the box for something. Resolves with its answer, however long that takes; rejects with `Refused`. */
  send(command: Command): Promise<Answer> {
    if (!this.outbox) throw new Error('a screen that is not set up cannot ask for anything');
    return this.outbox.send(command);
  }

  /** `GET /api/v1/{what}` for what only one page shows. */
  get<T>(what: string): Promise<T> {
    if (!this.http) throw new Error('a screen that is not set up cannot ask for anything');
    return this.http.get<T>(what);
  }

  /** Says something that is not a command: tried once, and rejects as `get` does. */
  tell(method: 'POST' | 'DELETE', what: string, body?: unknown): Promise<void> {
    if (!this.http) throw new Error('a screen that is not set up cannot ask for anything');
    return this.http.tell(method, what, body);
  }

  /** Takes the connection back from another window of the same device. */
  useHere(): void {
    this.windows?.postMessage('here');
    this.phase.value = 'ready';
    this.connect();
  }

  /** The broker keeps one connection a device: of two windows in this browser the newer one has it. */
  private shareWithWindows(credential: Credential): void {
    this.windows = new BroadcastChannel(`chuancai.${credential.device}`);
    this.windows.onmessage = () => {
      this.broker?.end(true);
      this.broker = null;
      this.phase.value = 'elsewhere';
    };
    this.windows.postMessage('here');
  }

  private openOutbox(page: string, http: BoxHttp, events: PageEvents): Outbox {
    return new Outbox({
      deliver: (id, command) => http.deliver(id, command),
      mintId: () => mintId(),
      store: outboxStore(`chuancai.${page}.outbox.`),
      later: (action, delayMs) => void setTimeout(action, delayMs),
      changed: (entries) => (this.unanswered.value = entries),
      answered: (command, answer) => {
        this.known.value = learn(this.known.value, answer.revision, answer.orders);
        events.answered?.(command, answer);
      },
      refused: (refusal) => events.refused?.(refusal),
    });
  }

  private async introduce(): Promise<void> {
    if (!this.http) return;
    try {
      this.session.value = await this.http.get<Session>('session');
      this.connect();
      await this.refresh();
      this.outbox?.sendAll();
    } catch (error) {
      const rejected = error instanceof ProblemAnswer && error.problem.status === 401;
      this.rejection.value = rejected ? error.problem.detail : '';
      this.phase.value = rejected ? 'rejected' : 'connecting';
      setTimeout(() => void this.introduce(), rejected ? REJECTED_AGAIN_MS : FETCH_AGAIN_MS);
    }
  }

  private connect(): void {
    const session = this.session.value;
    if (!session || !this.credential || this.phase.value === 'elsewhere') return;
    const board = session.role === 'pad' ? `l1/view/${session.device}` : 'l1/board';
    this.broker?.end(true);
    this.broker = connectBroker(this.credential, [board, 'l1/menu', 'l1/hb'], {
      subscribed: () => {
        void this.refresh();
        this.outbox?.sendAll();
      },
      message: (topic, payload) => this.hear(topic, payload),
    });
  }

  private hear(topic: string, payload: string): void {
    this.lastHeardMs = performance.now();
    if (topic === 'l1/hb') this.hearHeartbeat(JSON.parse(payload) as Heartbeat);
    else if (topic === 'l1/menu') this.hearMenu((JSON.parse(payload) as MenuEvent).revision);
    else this.hearBoard(JSON.parse(payload) as BoardEvent);
    this.tick();
  }

  private hearHeartbeat(heartbeat: Heartbeat): void {
    const before = this.heartbeat.value;
    this.heartbeat.value = heartbeat;
    this.clock.heard(heartbeat.now);
    if (before && before.run !== heartbeat.run) {
      this.known.value = {
        ...this.known.value,
        revision: NOTHING.revision,
        early: [],
      };
      this.menu.value = null;
      void this.refresh();
      return;
    }
    // An event may still be on its way; what the box had two seconds ago should be here by now.
    if (before && before.revision > this.known.value.revision) void this.refresh();
    this.hearMenu(heartbeat.menu_revision);
  }

  private hearMenu(revision: number): void {
    if (this.menu.value && revision > this.menu.value.revision) void this.refresh();
  }

  private hearBoard(event: BoardEvent): void {
    this.known.value = receive(this.known.value, event);
    if (isBehind(this.known.value)) void this.refresh();
  }

  /** Fetches board and menu; asked for again meanwhile, it fetches once more. */
  private refresh(): Promise<void> {
    if (this.fetching) {
      this.fetchAgain = true;
      return this.fetching;
    }
    this.fetching = this.fetchAll().finally(() => {
      this.fetching = null;
      if (!this.fetchAgain) return;
      this.fetchAgain = false;
      setTimeout(() => void this.refresh(), 0);
    });
    return this.fetching;
  }

  private async fetchAll(): Promise<void> {
    if (!this.http) return;
    const atLeast = this.heartbeat.value?.revision ?? 0;
    const run = this.heartbeat.value?.run;
    try {
      const [board, menu, kitchen] = await Promise.all([
        this.http.get<Board>('board'),
        this.http.get<MenuView>('menu'),
        this.fetchKitchen(this.http),
      ]);
      if (run !== undefined && run !== this.heartbeat.value?.run) {
        this.fetchAgain = true;
        return;
      }
      this.clock.heard(board.now);
      this.known.value = adopt(this.known.value, board, atLeast);
      if (!this.menu.value || menu.revision >= this.menu.value.revision) this.menu.value = menu;
      this.kitchen.value = kitchen;
      this.lastHeardMs ??= performance.now();
      if (this.phase.value === 'connecting') this.phase.value = 'ready';
      this.tick();
    } catch {
      setTimeout(() => void this.refresh(), FETCH_AGAIN_MS);
    }
  }

  private async fetchKitchen(http: BoxHttp): Promise<KitchenView | null> {
    const role = this.session.value?.role;
    return role && PLANNED.includes(role) ? http.get<KitchenView>('kitchen') : null;
  }

  private wake(): void {
    if (this.phase.value !== 'ready') return;
    if (this.broker && !this.broker.connected) this.broker.reconnect();
    void this.refresh();
    this.outbox?.sendAll();
  }

  private tick(): void {
    this.nowMs.value = this.clock.nowMs() ?? 0;
    this.silentMs.value = this.lastHeardMs === null ? 0 : performance.now() - this.lastHeardMs;
  }
}
