/** What a screen asks the box for, in the words of a cook; and how its last step is taken back within five seconds. */
import type { BoxClient } from '@shared/box';
import type { Answer, Command, Guest } from '@shared/generated/wire';
import { stepCommand } from '@shared/lines';
import type { Step } from '@shared/lines';
import { onBeforeUnmount, shallowRef } from 'vue';
import { showRefusal } from '../refusal';
import type { Row, RowAction } from './cards';
import type { Share } from './portions';
import { recallCommand, undoCommand } from './recall';

/** What can be undone right now. */
export interface Undoable {
  readonly id: number;
  readonly action: Step | 'hold' | 'fire' | 'recall';
  readonly rows: readonly Row[];
  /** Portions, when they were not all of it. */
  readonly portions: number | null;
  readonly take: () => Promise<void>;
}

export const UNDO_SHOWN_MS = 5_000;

export function useActions(box: BoxClient) {
  const undoable = shallowRef<Undoable | null>(null);
  let count = 0;
  let timer = 0;

  function send(command: Command): void {
    box.send(command).catch(showRefusal);
  }

  function offerUndo(offer: Omit<Undoable, 'id'>): void {
    clearTimeout(timer);
    count += 1;
    undoable.value = { ...offer, id: count };
    timer = window.setTimeout(() => (undoable.value = null), UNDO_SHOWN_MS);
  }

  function isFree(row: Row): boolean {
    return !box.unanswered.value.some(({ command }) => 'line' in command && command.line === row.line.line);
  }

  /** A step of whole lines, or of some portions of them as `share` has planned it. */
  function step(step: Step, rows: readonly Row[], shares?: readonly Share[]): void {
    const free = rows.filter(isFree);
    const wanted = shares ?? free.map((row): Share => ({ line: row.line }));
    const known = new Set(box.orders.value.flatMap((order) => order.lines.map((line) => line.line)));
    const undos = wanted.map((one) => ask(step, one, known));
    if (undos.length === 0) return;
    const partial = shares && shares.reduce((sum, one) => sum + (one.portions ?? one.line.quantity), 0);
    const touched = free.filter((row) => wanted.some((one) => one.line.line === row.line.line));
    offerUndo({ action: step, rows: touched, portions: partial ?? null, take: () => takeBack(undos) });
  }

  async function ask(step: Step, wanted: Share, known: ReadonlySet<string>): Promise<Command | null> {
    const command = stepCommand(step, wanted.line.line, wanted.portions);
    return box.send(command).then(
      (answer: Answer) => undoCommand(step, wanted, known, answer),
      (error: unknown) => {
        showRefusal(error);
        return null;
      },
    );
  }

  async function takeBack(undos: readonly Promise<Command | null>[]): Promise<void> {
    for (const command of await Promise.all(undos)) if (command) send(command);
  }

  function undo(): void {
    const offer = undoable.value;
    undoable.value = null;
    if (offer) void offer.take();
  }

  /** `hold` (等叫) and `fire` (起菜) take back each other. */
  function holdOrFire(action: 'hold' | 'fire', rows: readonly Row[]): void {
    const fitting = rows.filter((row) => row.line.state === (action === 'hold' ? 'waiting' : 'held'));
    if (fitting.length === 0) return;
    const command = (type: 'hold_lines' | 'fire_lines') => {
      for (const [order, lines] of linesByOrder(fitting)) send({ type, order, lines });
    };
    const [forth, back] =
      action === 'hold' ? (['hold_lines', 'fire_lines'] as const) : (['fire_lines', 'hold_lines'] as const);
    command(forth);
    offerUndo({ action, rows: fitting, portions: null, take: () => Promise.resolve(command(back)) });
  }

  /** Says that what is new about these lines was seen. */
  function acknowledge(rows: readonly Row[]): void {
    const noticed = rows.filter((row) => row.line.unseen?.length);
    for (const [order, lines] of linesByOrder(noticed)) send({ type: 'acknowledge_notices', order, lines });
  }

  function take(action: RowAction | 'fire', rows: readonly Row[]): void {
    if (action === 'acknowledge') acknowledge(rows);
    else if (action === 'fire') holdOrFire('fire', rows);
    else step(action, rows);
  }

  function recall(row: Pick<Row, 'line'>): void {
    const command = recallCommand(row.line);
    if (command) send(command);
  }

  /** 退菜: rejects with what the box says against it, so that a wrong PIN can be typed again. */
  function voidLine(row: Row, portions: number | undefined, reason: string, pin: string): Promise<Answer> {
    return box.send({ type: 'void_line', line: row.line.line, portions, reason, pin });
  }

  /** 重做. */
  function remake(row: Row, portions: number | undefined, reason: string): void {
    send({ type: 'remake_line', line: row.line.line, portions, reason });
  }

  function answerService(guest: Guest): void {
    send({ type: 'answer_service', guest });
  }

  onBeforeUnmount(() => clearTimeout(timer));

  return { undoable, undo, step, take, holdOrFire, acknowledge, recall, voidLine, remake, answerService };
}

export type Actions = ReturnType<typeof useActions>;

function linesByOrder(rows: readonly Row[]): Map<string, string[]> {
  const orders = new Map<string, string[]>();
  for (const { order, line } of rows) orders.set(order.order, [...(orders.get(order.order) ?? []), line.line]);
  return orders;
}
