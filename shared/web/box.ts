/**
 * The box as a page sees it: who this screen is, what is on the board and the menu, what it is told, how long ago the
 * box was last heard, and a way to ask for something. Everything here is reactive and looks after itself: it
 * reconnects, catches up by revision, starts over when the box has restarted, and when the screen has been moved.
 */
import type { MqttClient } from 'mqtt';
import { v4 as mintId } from 'uuid';
import { computed, ref, shallowRef } from 'vue';
import { adopt, isBehind, learn, NOTHING, receive } from './board';
import { connectBroker } from './broker';
import type { Topics } from './broker';
import { BoxClock } from './clock';
import { takeCredential } from './credential';
import type { Credential } from './credential';
import type {
  AnnouncementsView,
  Answer,
  Board,
  BoardEvent,
  Command,
  Heartbeat,
  KitchenView,
  MenuEvent,
  MenuView,
  Message,
  MessageReport,
  PadCall,
  Role,
  Session,
} from './generated/wire';
import { Inbox } from './inbox';
import type { Told } from './inbox';
import { Outbox } from './outbox';
import { outboxStore } from './outbox_store';
import type { Delivery, Refused, Unanswered } from './outbox';
import { isCarriedAway } from './place';
import { BoxHttp, ProblemAnswer, rejectionOf } from './requests';

/** What a page can show. `elsewhere`: the same device is open in another window, which has the connection now. */
export type Phase = 'not_set_up' | 'rejected' | 'connecting' | 'ready' | 'elsewhere';

export interface PageEvents {
  /** A command of this page has been granted, perhaps one from before a reload. */
  readonly answered?: (command: Command, answer: Answer) => void;
  /** A command from before a reload has been refused. */
  readonly refused?: (refusal: Refused) => void;
  /** The pad stands in another room now: what the guests before have left on it is to go. */
  readonly moved?: () => void;
}

const STALE_AFTER_MS = 5_000;
const TICK_MS = 500;
const FETCH_AGAIN_MS = 2_000;
const REJECTED_AGAIN_MS = 15_000;
/** Who sees the plan of the kitchen. */
const PLANNED: readonly Role[] = ['kitchen', 'expo', 'cashier'];
/** Who calls, or is told what a guest calls for. */
const CALLING: readonly Role[] = ['pad', 'expo', 'staff', 'cashier'];

export class BoxClient {
  readonly phase = ref<Phase>('connecting');
  /** Why the box does not know this device, in its own words. */
  readonly rejection = ref('');
  readonly session = shallowRef<Session | null>(null);
  readonly menu = shallowRef<MenuView | null>(null);
  /** The plan of the kitchen, for the roles that work by it. */
  readonly kitchen = shallowRef<KitchenView | null>(null);
  /** What guests may call for from the pad, for the roles that call or go there. */
  readonly padCalls = shallowRef<readonly PadCall[]>([]);
  /** What this screen has been told, the newest first. */
  readonly told = shallowRef<readonly Told[]>([]);
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
  readonly onDuty = computed(() => this.known.value.onDuty);
  readonly day = computed(() => this.known.value.day);

  private readonly known = shallowRef(NOTHING);
  private readonly clock = new BoxClock();
  private lastHeardMs: number | null = null;
  private readonly credential: Credential | null;
  private readonly http: BoxHttp | null;
  private readonly outbox: Outbox | null;
  private readonly inbox: Inbox;
  private readonly listeners: ((message: Message, isNew: boolean) => void)[] = [];
  private broker: MqttClient | null = null;
  private introducing = 0;
  private windows: BroadcastChannel | null = null;
  private fetching: Promise<void> | null = null;
  private fetchAgain = false;

  /** `page` is the page's name, under which its credential, its requests and its messages are kept. */
  constructor(
    private readonly page: string,
    language: () => string,
    private readonly events: PageEvents = {},
  ) {
    this.credential = takeCredential(page);
    this.http = this.credential && new BoxHttp(this.credential, language);
    this.outbox = this.http && this.openOutbox(this.http);
    this.inbox = this.openInbox();
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

  /** `GET /api/v1/{what}` as a file. */
  download(what: string): Promise<Blob> {
    if (!this.http) throw new Error('a screen that is not set up cannot ask for anything');
    return this.http.download(what);
  }

  /** Hears every arrival of a message; `isNew`: it has not been here before. */
  listen(listener: (message: Message, isNew: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Somebody has read these messages here. */
  read(ids: readonly string[]): void {
    this.inbox.read(ids);
  }

  /** Says what became of a message; the broker client keeps it while the broker is away. */
  report(report: MessageReport): void {
    const topic = `l1/ack/${this.credential?.device ?? ''}`;
    this.broker?.publish(topic, JSON.stringify(report), { qos: 1 });
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

  private openOutbox(http: BoxHttp): Outbox {
    return new Outbox({
      deliver: (id, command, place) => this.deliver(http, id, command, place),
      mintId: () => mintId(),
      place: () => this.session.value?.place,
      store: outboxStore(`chuancai.${this.page}.outbox.`),
      later: (action, delayMs) => void setTimeout(action, delayMs),
      changed: (entries) => (this.unanswered.value = entries),
      answered: (command, answer) => {
        this.known.value = learn(this.known.value, answer.revision, answer.orders);
        this.events.answered?.(command, answer);
      },
      refused: (refusal) => this.events.refused?.(refusal),
    });
  }

  private openInbox(): Inbox {
    const key = `chuancai.${this.page}.messages`;
    return new Inbox({
      store: { kept: () => localStorage.getItem(key), keep: (text) => localStorage.setItem(key, text) },
      report: (report) => this.report(report),
      refresh: () => void this.refresh(),
      changed: (told) => (this.told.value = told),
    });
  }

  /** What is refused for who or where this screen is makes it ask who and where it is. */
  private async deliver(http: BoxHttp, id: string, command: Command, place?: number): Promise<Delivery> {
    const delivery = await http.deliver(id, command, place);
    const problem = delivery.kind === 'problem' ? delivery.problem : null;
    if (problem?.code === 'moved_away' || problem?.status === 401) void this.checkSession();
    return delivery;
  }

  /** Asks until the box has said who this screen is, also after it has said that it is nobody. */
  private async introduce(): Promise<void> {
    if (!this.http) return;
    try {
      const session = await this.http.get<Session>('session');
      if (this.phase.value === 'rejected') this.phase.value = 'connecting';
      this.meet(session);
      await this.refresh();
      this.outbox?.sendAll();
    } catch (error) {
      if (!this.isRejected(error)) this.introduceIn(FETCH_AGAIN_MS);
    }
  }

  private introduceIn(delayMs: number): void {
    clearTimeout(this.introducing);
    this.introducing = window.setTimeout(() => void this.introduce(), delayMs);
  }

  /** Asks once more who this screen is. A box that does not answer is asked again at the next connection. */
  private async checkSession(): Promise<void> {
    if (!this.http || !this.session.value || this.phase.value === 'rejected') return;
    try {
      this.meet(await this.http.get<Session>('session'));
    } catch (error) {
      this.isRejected(error);
    }
  }

  /** Whether the box has said that it does not know this device. Says so on the screen, and asks now and then. */
  private isRejected(error: unknown): boolean {
    const rejection = rejectionOf(error);
    if (rejection === null) return false;
    this.rejection.value = rejection;
    this.phase.value = 'rejected';
    this.broker?.end(true);
    this.broker = null;
    this.introduceIn(REJECTED_AGAIN_MS);
    return true;
  }

  /** The box has said who this screen is. What it said before of an earlier place may still arrive later. */
  private meet(session: Session): void {
    const before = this.session.value;
    if (before && session.place < before.place) return;
    this.session.value = session;
    if (isCarriedAway(this.page, session)) this.forgetGuests();
    if (!this.broker || before?.role !== session.role || before.account !== session.account) this.connect();
  }

  private forgetGuests(): void {
    this.outbox?.forgetAll();
    this.inbox.forgetAll();
    this.known.value = NOTHING;
    this.events.moved?.();
    void this.refresh();
  }

  private connect(): void {
    const session = this.session.value;
    if (!session || !this.credential || this.phase.value === 'elsewhere') return;
    this.broker?.end(true);
    this.broker = connectBroker(this.credential, topicsOf(session), {
      subscribed: () => void this.catchUp(),
      message: (topic, payload) => this.hear(topic, payload),
      closed: () => void this.checkSession(),
    });
  }

  /** What has happened while nobody listened, also to this screen itself; before that nothing is asked for. */
  private async catchUp(): Promise<void> {
    void this.refresh();
    await this.checkSession();
    this.outbox?.sendAll();
    await this.fetchMessages();
  }

  private async fetchMessages(): Promise<void> {
    if (!this.http) return;
    const broker = this.broker;
    try {
      const { messages } = await this.http.get<{ messages: Message[] }>('messages/mine');
      for (const message of messages) this.hearMessage(message);
    } catch (error) {
      // Another connection asks for itself.
      const again = () => broker === this.broker && broker?.connected && void this.fetchMessages();
      if (!(error instanceof ProblemAnswer)) setTimeout(again, FETCH_AGAIN_MS);
    }
  }

  private hear(topic: string, payload: string): void {
    this.lastHeardMs = performance.now();
    if (topic === 'l1/hb') this.hearHeartbeat(JSON.parse(payload) as Heartbeat);
    else if (topic === 'l1/menu') this.hearMenu((JSON.parse(payload) as MenuEvent).revision);
    else if (topic.startsWith('l1/msg/')) this.hearMessage(JSON.parse(payload) as Message);
    else if (topic.startsWith('l1/me/')) this.meet(JSON.parse(payload) as Session);
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

  private hearMessage(message: Message): void {
    const isNew = this.inbox.receive(message);
    for (const listener of this.listeners) listener(message, isNew);
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
    const place = this.session.value?.place;
    try {
      if (this.session.value?.role === 'speaker') {
        this.beReady();
        return;
      }
      const [board, menu, kitchen, padCalls] = await Promise.all([
        this.http.get<Board>('board'),
        this.http.get<MenuView>('menu'),
        this.fetchKitchen(this.http),
        this.fetchPadCalls(this.http),
      ]);
      const isAnotherRun = run !== undefined && run !== this.heartbeat.value?.run;
      if (isAnotherRun || place !== this.session.value?.place) {
        this.fetchAgain = true;
        return;
      }
      this.clock.heard(board.now);
      this.known.value = adopt(this.known.value, board, atLeast);
      if (!this.menu.value || menu.revision >= this.menu.value.revision) this.menu.value = menu;
      this.kitchen.value = kitchen;
      this.padCalls.value = padCalls;
      this.beReady();
    } catch (error) {
      if (rejectionOf(error) === null) setTimeout(() => void this.refresh(), FETCH_AGAIN_MS);
      else void this.checkSession();
    }
  }

  private beReady(): void {
    this.lastHeardMs ??= performance.now();
    if (this.phase.value === 'connecting') this.phase.value = 'ready';
    this.tick();
  }

  private async fetchKitchen(http: BoxHttp): Promise<KitchenView | null> {
    const role = this.session.value?.role;
    return role && PLANNED.includes(role) ? http.get<KitchenView>('kitchen') : null;
  }

  private async fetchPadCalls(http: BoxHttp): Promise<readonly PadCall[]> {
    const role = this.session.value?.role;
    if (!role || !CALLING.includes(role)) return [];
    return (await http.get<AnnouncementsView>('announcements')).announcements.pad_calls;
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

/** A speaker sees nothing: it listens. */
function topicsOf({ device, account, role }: Session): Topics {
  const board = role === 'pad' ? `l1/view/${device}` : 'l1/board';
  const seen: Topics = role === 'speaker' ? {} : { [board]: { qos: 0 }, 'l1/menu': { qos: 0 } };
  return { ...seen, 'l1/hb': { qos: 0 }, [`l1/msg/${account}`]: { qos: 1 }, [`l1/me/${device}`]: { qos: 1 } };
}
