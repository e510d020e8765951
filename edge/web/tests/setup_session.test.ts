import type { Announcements, Command, KitchenPlan, Menu } from '@shared/generated/wire';
import { ProblemAnswer } from '@shared/requests';
import { describe, expect, it } from 'vitest';
import { nextTick, ref } from 'vue';
import { NoAnswer } from '../src/desk';
import type { Desk } from '../src/desk';
import { copy } from '../src/setup/document';
import { nameOfFault } from '../src/setup/faults';
import { SetupSession } from '../src/setup/session';

/** A box that keeps a menu, a plan and announcements as the real one does, and may lose an answer. */
class FakeBox {
  edited = 1;
  arranged = 1;
  losesAnswers = 0;
  saves: string[] = [];
  plan: KitchenPlan = { stations: [], areas: [], area_routes: [], printers: [] };
  menu: Menu = {
    categories: [{ category: 'recai', name: { zh: '热菜', en: '' }, stations: [] }],
    dishes: [],
    cautions: [],
  };
  announcements: Announcements = { rules: [], channels: [], pad_calls: [] };
  /** What it finds wrong with announcements. */
  about: string[] = [];
  readonly desk = {
    phase: ref('connecting'),
    open: () => Promise.resolve(),
    get: (what: string) => Promise.resolve(copy(this.view(what))),
    command: (command: Command) => this.decide(command),
  } as unknown as Desk;

  private view(what: string): unknown {
    const { menu, plan, announcements, edited, arranged } = this;
    if (what === 'announcements') return { edited: arranged, announcements };
    return what === 'menu' ? { edited, menu } : { edited, plan };
  }

  private decide(command: Command): Promise<unknown> {
    if (command.type === 'save_announcements') return this.arrange(command);
    if (command.type !== 'save_menu' && command.type !== 'save_kitchen_plan') throw new Error('not a save');
    const isSo = JSON.stringify('menu' in command ? [command.menu] : [command.plan]);
    if (isSo !== JSON.stringify('menu' in command ? [this.menu] : [this.plan])) {
      if (command.expects !== this.edited) return Promise.reject(refusal('menu_changed', 409));
      this.edited += 1;
      this.saves.push(command.type);
      if ('menu' in command) this.menu = copy(command.menu);
      else this.plan = copy(command.plan);
    }
    if (this.losesAnswers > 0) {
      this.losesAnswers -= 1;
      return Promise.reject(new NoAnswer());
    }
    return Promise.resolve({});
  }

  private arrange(command: Command & { type: 'save_announcements' }): Promise<unknown> {
    if (this.about.length > 0) return Promise.reject(refusal('bad_template', 422, this.about));
    if (command.expects !== this.arranged) return Promise.reject(refusal('announcements_changed', 409));
    this.arranged += 1;
    this.saves.push(command.type);
    this.announcements = copy(command.announcements);
    return Promise.resolve({});
  }
}

function refusal(code: string, status: number, about: string[] = []): ProblemAnswer {
  return new ProblemAnswer({ type: `urn:chuancai:problem:${code}`, code, status, detail: code, about });
}

function emptyStore() {
  const texts = new Map<string, string>();
  return {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  };
}

async function sitting(box: FakeBox, store = emptyStore()): Promise<SetupSession> {
  const session = new SetupSession(box.desk, store);
  await session.open();
  return session;
}

function rename(session: SetupSession, zh: string): void {
  session.draft.value.menu.categories[0].name.zh = zh;
}

const WATER = { template: 2, name: { zh: '加水', en: 'Water' }, text: '{roomName}房间要加水' };
const STATION = { station: 'wok', name: { zh: '热厨', en: '' } };

describe('a sitting at the set-up page', () => {
  it('saves the menu and the plan that were edited, and nothing else', async () => {
    const box = new FakeBox();
    const session = await sitting(box);
    expect(await session.save()).toBe(true);
    expect(box.saves).toEqual([]);
    rename(session, '炒菜');
    session.draft.value.plan.stations.push(STATION);
    expect(session.changes.value).toHaveLength(2);
    expect(await session.save()).toBe(true);
    expect(box.saves).toEqual(['save_menu', 'save_kitchen_plan']);
    expect(session.changes.value).toEqual([]);
  });

  it('writes over nobody: what another has saved is shown, joined, and saved with what was edited here', async () => {
    const box = new FakeBox();
    const [mine, other] = [await sitting(box), await sitting(box)];
    other.draft.value.plan.stations.push(STATION);
    await other.save();
    rename(mine, '炒菜');
    expect(await mine.save()).toBe(false);
    expect(mine.theirs.value?.document.plan.stations).toEqual([STATION]);
    expect(mine.draft.value.menu.categories[0].name.zh).toBe('炒菜');
    mine.joinTheirs();
    expect(await mine.save()).toBe(true);
    expect([box.menu.categories[0].name.zh, box.plan.stations]).toEqual(['炒菜', [STATION]]);
  });

  it('can give its own edits up for what another has saved', async () => {
    const box = new FakeBox();
    const [mine, other] = [await sitting(box), await sitting(box)];
    rename(other, '小炒');
    await other.save();
    rename(mine, '炒菜');
    await mine.save();
    mine.discard();
    expect([mine.draft.value.menu.categories[0].name.zh, mine.changes.value]).toEqual(['小炒', []]);
  });

  it('takes a save whose answer was lost for its own, not for somebody else’s', async () => {
    const box = new FakeBox();
    const session = await sitting(box);
    rename(session, '炒菜');
    box.losesAnswers = 1;
    expect(await session.save()).toBe(false);
    expect(session.trouble.value).toBe('no_answer');
    expect(await session.save()).toBe(true);
    expect([box.saves, session.theirs.value]).toEqual([['save_menu'], null]);
  });

  it('finds its edits again after a reload, also when another has saved meanwhile', async () => {
    const box = new FakeBox();
    const store = emptyStore();
    rename(await sitting(box, store), '炒菜');
    await nextTick();
    const again = await sitting(box, store);
    expect([again.restored.value, again.draft.value.menu.categories[0].name.zh]).toEqual([true, '炒菜']);

    box.plan.stations.push(STATION);
    box.edited += 1;
    const later = await sitting(box, store);
    expect([later.theirs.value?.edited, later.changes.value]).toEqual([2, again.changes.value]);
  });

  it('keeps what is edited of something new', async () => {
    const store = emptyStore();
    const session = await sitting(new FakeBox(), store);
    session.draft.value.plan.stations.push(copy(STATION));
    await nextTick();
    session.draft.value.plan.stations[0].name.en = 'Wok';
    await nextTick();
    expect((await sitting(new FakeBox(), store)).draft.value.plan.stations[0].name.en).toBe('Wok');
  });

  it('forgets the draft once it is saved', async () => {
    const box = new FakeBox();
    const store = emptyStore();
    const session = await sitting(box, store);
    rename(session, '炒菜');
    await nextTick();
    await session.save();
    await nextTick();
    expect((await sitting(box, store)).restored.value).toBe(false);
  });

  it('m3_saves the announcements by their own number, and joins what another has saved', async () => {
    const box = new FakeBox();
    const [mine, other] = [await sitting(box), await sitting(box)];
    other.draft.value.announcements.pad_calls.push(WATER);
    expect(await other.save()).toBe(true);
    mine.draft.value.announcements.channels.push({ channel: 'speaker', volume: 60 });
    expect(await mine.save()).toBe(false);
    mine.joinTheirs();
    expect(await mine.save()).toBe(true);
    expect(box.announcements).toEqual({
      rules: [],
      channels: [{ channel: 'speaker', volume: 60 }],
      pad_calls: [WATER],
    });
    expect(box.saves).toEqual(['save_announcements', 'save_announcements']);
  });

  it('m6_keeps what the box found wrong at its place until it is saved', async () => {
    const box = new FakeBox();
    const session = await sitting(box);
    session.draft.value.announcements.pad_calls.push(copy(WATER));
    box.about = ['pad_call.2: no words', 'order_placed.room.speaker: the template uses {a}: {b}'];
    expect(await session.save()).toBe(false);
    expect(session.faults.value).toEqual([
      { at: 'pad_call.2', wrong: 'no words' },
      { at: 'order_placed.room.speaker', wrong: 'the template uses {a}: {b}' },
    ]);
    expect(nameOfFault(session.faults.value[0], session.draft.value, ({ zh }) => zh)).toBe('加水');
    box.about = [];
    expect(await session.save()).toBe(true);
    expect(session.faults.value).toEqual([]);
  });
});
