/** Ids for what is new, made from its name, so that they read well in a file and in a log. Pure. */
import { pinyin } from 'pinyin-pro';

const STEM_MAX = 32;

/** `宫保鸡丁` → `gongbaojiding`, or with a number behind it when that is taken. */
export function freshId(name: string, taken: readonly string[], otherwise: string): string {
  const latin = pinyin(name, { toneType: 'none', type: 'array', v: true })
    .join('')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, STEM_MAX);
  const stem = latin.length < 2 ? `${otherwise}${latin && `_${latin}`}` : latin;
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? stem : `${stem}_${n}`;
    if (!taken.includes(id)) return id;
  }
}
