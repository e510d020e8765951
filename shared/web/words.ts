/** The two languages of the pages: Chinese first, English by a switch that the page remembers. */
import { ref, watch } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Guest, Name } from './generated/wire';
import { sharedWords } from './shared_words';

export type Language = 'zh' | 'en';

/** Texts of one language, nested by topic. */
export interface Words {
  readonly [key: string]: string | Words;
}

/** Until somebody chooses. */
export const DEFAULT_LANGUAGE: Language = 'zh';

export const language = ref<Language>(DEFAULT_LANGUAGE);

/** Readies vue-i18n for a page with its own words and those that all pages share. */
export function createWords(page: string, words: Record<Language, Words>) {
  const key = `chuancai.${page}.language`;
  language.value = localStorage.getItem(key) === 'en' ? 'en' : 'zh';
  const i18n = createI18n({
    legacy: false,
    locale: language.value,
    fallbackLocale: 'zh',
    messages: {
      zh: { ...sharedWords.zh, ...words.zh },
      en: { ...sharedWords.en, ...words.en },
    },
  });
  watch(
    language,
    (chosen) => {
      i18n.global.locale.value = chosen;
      document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en';
      document.title = i18n.global.t('title');
      localStorage.setItem(key, chosen);
    },
    { immediate: true },
  );
  return i18n;
}

/** A name in the language of the page. */
export function named(name: Name): string {
  return language.value === 'en' ? name.en || name.zh : name.zh;
}

/** `801 房间`, `牡丹厅`, `手牌 23`. */
export function guestName(guest: Guest): string {
  if (guest.kind === 'wristband') {
    return language.value === 'en' ? `Wristband ${guest.wristband}` : `手牌 ${guest.wristband}`;
  }
  return roomName(guest.room);
}

/** A number gets the word "room"; a name that people gave a room stands alone. */
export function roomName(room: string): string {
  if (!/^\d/.test(room)) return room;
  return language.value === 'en' ? `Room ${room}` : `${room} 房间`;
}
