/**
 * One sitting at the set-up page: the document as the box has it, the edits on top of it, and bringing them to the
 * box without writing over somebody else's.
 */
import type { AnnouncementsView, Command, KitchenView, MenuView, Name } from '@shared/generated/wire';
import { ProblemAnswer } from '@shared/requests';
import { computed, ref, shallowRef, watch } from 'vue';
import { NoAnswer } from '../desk';
import type { Desk } from '../desk';
import { changesBetween } from './changes';
import { copy, EMPTY, same } from './document';
import type { Base, SetupDocument } from './document';
import { dropDraft, keepDraft, keptDraft } from './draft';
import type { TextStore } from './draft';
import { faultsOf } from './faults';
import type { Fault } from './faults';
import { merge } from './merge';

/** A save of ours whose answer was lost, or one that changed nothing we know of, only moves the number on. */
const SAVE_TRIES_MAX = 5;
/** Somebody else was faster, by the code of the problem. */
const CHANGED: readonly string[] = ['menu_changed', 'announcements_changed'];

export class SetupSession {
  readonly draft = ref<SetupDocument>(copy(EMPTY));
  readonly base = shallowRef<Base>({ edited: 0, arranged: 0, document: EMPTY });
  readonly changes = computed(() => changesBetween(this.base.value.document, this.draft.value));
  /** What somebody else has saved meanwhile. */
  readonly theirs = shallowRef<Base | null>(null);
  /** What both have changed, after the two were brought together. */
  readonly clashes = shallowRef<readonly Name[]>([]);
  readonly saving = ref(false);
  /** Edits of an earlier visit were found. */
  readonly restored = ref(false);
  /** Why the last save failed, in the box's words; `no_answer` when it said nothing. */
  readonly trouble = ref('');
  /** What the box found wrong at the last save, each at its place. */
  readonly faults = shallowRef<readonly Fault[]>([]);

  constructor(
    readonly desk: Desk,
    private readonly store: TextStore,
  ) {}

  async open(): Promise<void> {
    await this.desk.open();
    const now = await this.fetchBase();
    const kept = keptDraft(this.store);
    this.base.value = kept?.base ?? now;
    this.draft.value = copy(kept?.document ?? now.document);
    this.restored.value = this.changes.value.length > 0;
    this.meet(now);
    this.desk.phase.value = 'ready';
    // The list of changes alone does not tell: it names a new dish once, however that is edited further.
    watch([this.draft, this.base], () => this.keep(), { deep: true });
  }

  /** Puts whole parts in the place of the edited ones. */
  put(parts: Partial<SetupDocument>): void {
    this.draft.value = { ...this.draft.value, ...parts };
  }

  /** Back to what the box has. */
  discard(): void {
    this.base.value = this.theirs.value ?? this.base.value;
    this.draft.value = copy(this.base.value.document);
    this.settle();
  }

  /** Takes over what somebody else saved, under the edits of this page. */
  joinTheirs(): void {
    const theirs = this.theirs.value;
    if (!theirs) return;
    const merged = merge(this.base.value.document, this.draft.value, theirs.document);
    this.base.value = theirs;
    this.draft.value = merged.document;
    this.settle();
    this.clashes.value = merged.clashes;
  }

  /** Saves what has changed. Returns whether all of it is saved. */
  async save(): Promise<boolean> {
    this.saving.value = true;
    this.trouble.value = '';
    this.faults.value = [];
    try {
      const sent = copy(this.draft.value);
      const saved = (await this.saveMenu(sent)) && (await this.savePlan(sent)) && (await this.saveAnnouncements(sent));
      if (saved) await this.afterSaving(sent);
      return saved;
    } catch (error) {
      if (error instanceof ProblemAnswer) {
        this.trouble.value = error.problem.detail;
        this.faults.value = faultsOf(error.problem);
      } else this.trouble.value = 'no_answer';
      if (!(error instanceof ProblemAnswer || error instanceof NoAnswer || error instanceof TypeError)) throw error;
      return false;
    } finally {
      this.saving.value = false;
    }
  }

  private keep(): void {
    if (this.changes.value.length === 0) dropDraft(this.store);
    else keepDraft(this.store, { base: this.base.value, document: this.draft.value });
  }

  private async saveMenu(sent: SetupDocument): Promise<boolean> {
    if (same(this.base.value.document.menu, sent.menu)) return true;
    return this.submit({ menu: sent.menu }, ({ edited }) => ({
      type: 'save_menu',
      expects: edited,
      menu: sent.menu,
    }));
  }

  private async savePlan(sent: SetupDocument): Promise<boolean> {
    if (same(this.base.value.document.plan, sent.plan)) return true;
    return this.submit({ plan: sent.plan }, ({ edited }) => ({
      type: 'save_kitchen_plan',
      expects: edited,
      plan: sent.plan,
    }));
  }

  private async saveAnnouncements({ announcements }: SetupDocument): Promise<boolean> {
    if (same(this.base.value.document.announcements, announcements)) return true;
    return this.submit({ announcements }, ({ arranged }) => ({
      type: 'save_announcements',
      expects: arranged,
      announcements,
    }));
  }

  /** Saves one part. Returns whether nobody else was faster. */
  private async submit(part: Partial<SetupDocument>, command: (base: Base) => Command): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.desk.command(command(this.base.value));
        this.base.value = { ...this.base.value, document: { ...this.base.value.document, ...part } };
        return true;
      } catch (error) {
        const moved = error instanceof ProblemAnswer && CHANGED.includes(error.problem.code);
        if (!moved || tries === SAVE_TRIES_MAX) throw error;
        if (this.meet(await this.fetchBase())) return false;
      }
    }
  }

  /** Learns what the box has now. Returns whether somebody else has changed it. */
  private meet(now: Base): boolean {
    if (same(now.document, this.base.value.document) || same(now.document, this.draft.value)) {
      this.base.value = now;
      return false;
    }
    this.theirs.value = now;
    return true;
  }

  private async afterSaving(sent: SetupDocument): Promise<void> {
    const untouched = same(sent, this.draft.value);
    this.base.value = await this.fetchBase();
    if (untouched) this.draft.value = copy(this.base.value.document);
    this.settle();
  }

  private settle(): void {
    this.theirs.value = null;
    this.clashes.value = [];
    this.restored.value = false;
    this.trouble.value = '';
    this.faults.value = [];
  }

  private async fetchBase(): Promise<Base> {
    const [{ menu, ...seen }, { plan, edited }, { announcements, edited: arranged }] = await Promise.all([
      this.desk.get<MenuView>('menu'),
      this.desk.get<KitchenView>('kitchen'),
      this.desk.get<AnnouncementsView>('announcements'),
    ]);
    return { edited: Math.min(seen.edited, edited), arranged, document: { menu, plan, announcements } };
  }
}
