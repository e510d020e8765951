/** Words of the expo screen, beside those it shares with the kitchen. */
import { words as kitchenWords } from '../kitchen/words';

export const words = {
  zh: {
    ...kitchenWords.zh,
    title: '传菜台 · 传菜',
    expo: '传菜台',
    step: { ...kitchenWords.zh.step, pick_up: '取走' },
    progress: '{made}/{all} 已做',
    complete: '齐了',
    open_lines: '还在做',
    call_all: '叫取',
    pick_up_all: '取走',
    empty: '没有要传的菜',
    empty_hint: '做好的菜会按房间出现在这里，等得最久的在前。',
    rooms_ready: '间可取',
    portions_ready: '份已做好',
    portions_cooking: '份在做',
    key: { ...kitchenWords.zh.key, next: '取走', mode: '（不用）' },
  },
  en: {
    ...kitchenWords.en,
    title: 'Expo · Chuancai',
    expo: 'Expo',
    step: { ...kitchenWords.en.step, pick_up: 'Take' },
    progress: '{made} of {all} made',
    complete: 'Complete',
    open_lines: 'Still cooking',
    call_all: 'Call',
    pick_up_all: 'Take',
    empty: 'Nothing to carry',
    empty_hint: 'What is made appears here by room, the longest waiting first.',
    rooms_ready: 'rooms ready',
    portions_ready: 'portions ready',
    portions_cooking: 'cooking',
    key: { ...kitchenWords.en.key, next: 'Taken', mode: '(unused)' },
  },
};
