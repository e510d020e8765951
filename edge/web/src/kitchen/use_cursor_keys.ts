/** What the keys do to what they are about: the selected card, or the selected row of it. */
import { isInTheMaking, isMade } from '@shared/lines';
import { ref } from 'vue';
import type { Ref } from 'vue';
import { cardAction, rowAction } from './cards';
import type { Post, Row } from './cards';
import type { KeyFunction } from './keymap';
import type { Actions } from './use_actions';
import type { Target } from './use_target';

/** The sheet that lies over the page. */
export type OpenSheet =
  | { readonly name: 'line'; readonly target: Target; readonly first?: 'choose' | 'void' | 'remake' }
  | { readonly name: 'recall' | 'sold_out' | 'keys' | 'totals' };

/** What this needs of a board of cards. */
export interface BoardHandle {
  readonly page: number;
  readonly pages: number;
  readonly later: number;
  readonly urgentElsewhere: number;
  turn(by: number): void;
  select(hotkey: number): void;
  moveCard(by: number): void;
  moveRow(by: number): void;
  selected(): { card: { rows: readonly Row[] }; row: Row | null } | null;
  touched(): void;
  settle(): void;
}

export interface CursorParts {
  readonly board: Ref<BoardHandle | null>;
  /** The sheet that is open: keys are its own then. */
  readonly sheet: Ref<{ act: (name: KeyFunction) => boolean } | null>;
  readonly actions: Actions;
  readonly post: Post;
  /** The rows that a lone acknowledgement is about when nothing is selected. */
  readonly noticed: () => readonly Row[];
  /** What only this page does. */
  readonly other?: (name: KeyFunction) => boolean;
}

export function useCursorKeys(parts: CursorParts) {
  const { board, sheet, actions, post, noticed } = parts;
  const open = ref<OpenSheet | null>(null);

  function show(what: OpenSheet): void {
    board.value?.settle();
    open.value = what;
  }

  function rows(): readonly Row[] {
    const at = board.value?.selected();
    if (!at) return [];
    return at.row ? [at.row] : at.card.rows;
  }

  /** Whether the key was taken. */
  function act(name: KeyFunction): boolean {
    if (open.value) return sheet.value?.act(name) ?? false;
    board.value?.touched();
    return move(name) || work(name) || openFor(name) || (parts.other?.(name) ?? false);
  }

  function move(name: KeyFunction): boolean {
    const digit = /^select_(\d+)$/.exec(name)?.[1];
    if (digit) board.value?.select(Number(digit));
    else if (name === 'left') board.value?.moveCard(-1);
    else if (name === 'right') board.value?.moveCard(1);
    else if (name === 'up') board.value?.moveRow(-1);
    else if (name === 'down') board.value?.moveRow(1);
    else if (name === 'page_back') board.value?.turn(-1);
    else if (name === 'page_on') board.value?.turn(1);
    else return false;
    return true;
  }

  function work(name: KeyFunction): boolean {
    if (name === 'next') return takeNext();
    if (name === 'undo') actions.undo();
    else if (name === 'hold') holdOrFire();
    else if (name === 'call')
      actions.step(
        'call_for_pickup',
        rows().filter((row) => isMade(row.line)),
      );
    else if (name === 'pick_up')
      actions.step(
        'pick_up',
        rows().filter((row) => isMade(row.line)),
      );
    else if (name === 'acknowledge') acknowledge();
    else return false;
    return true;
  }

  /** With nothing selected the key belongs to the button that has the focus. */
  function takeNext(): boolean {
    const at = board.value?.selected();
    if (!at) return false;
    const action = at.row ? rowAction(at.row.line, post) : null;
    if (at.row && action) actions.take(action, [at.row]);
    else if (at.row?.line.state === 'held') actions.holdOrFire('fire', [at.row]);
    else if (!at.row) {
      const next = cardAction(at.card.rows, post);
      if (next) actions.take(next.action, next.rows);
    }
    return true;
  }

  function holdOrFire(): void {
    const isHeld = rows().some((row) => row.line.state === 'held');
    actions.holdOrFire(isHeld ? 'fire' : 'hold', rows());
  }

  function acknowledge(): void {
    const chosen = rows().filter((row) => row.line.unseen?.length);
    actions.acknowledge(chosen.length > 0 ? chosen : noticed());
  }

  function openFor(name: KeyFunction): boolean {
    if (name === 'part') openPart();
    else if (name === 'void' || name === 'remake') openStarted(name);
    else if (name === 'recall' || name === 'sold_out' || name === 'keys' || name === 'totals') show({ name });
    else return false;
    return true;
  }

  function openPart(): void {
    const all = rows();
    if (all.length === 0) return;
    const isOneDish = all.every((row) => row.line.dish === all[0].line.dish);
    show({ name: 'line', target: { kind: isOneDish ? 'lines' : 'order', rows: all } });
  }

  /** A void or a remake is of one line: the selected one, else the only one that has been started. */
  function openStarted(first: 'void' | 'remake'): void {
    const started = rows().filter((row) => isInTheMaking(row.line) || row.line.state === 'picked_up');
    if (started.length === 1) show({ name: 'line', target: { kind: 'lines', rows: started }, first });
    else if (started.length > 1) board.value?.moveRow(1);
  }

  return { open, act, show };
}
