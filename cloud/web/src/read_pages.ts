/** Reading a list page by page, from its newest row down. */

export interface Page<Row> {
  rows: Row[];
  next: string | null;
}

/** One page: the newest, or the one that begins below `before`. */
export type AskPage<Row> = (before: string | undefined, signal: AbortSignal) => Promise<Page<Row>>;

/** Reads pages until there are enough of them or no more. */
export async function readPages<Row>(
  ask: AskPage<Row>,
  signal: AbortSignal,
  enough: (pages: number, rows: Row[]) => boolean,
): Promise<Page<Row>> {
  let page = await ask(undefined, signal);
  const rows = [...page.rows];
  for (let pages = 1; page.next !== null && !enough(pages, rows); pages += 1) {
    page = await ask(page.next, signal);
    rows.push(...page.rows);
  }
  return { rows, next: page.next };
}
