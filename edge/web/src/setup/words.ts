/** Words of the set-up page. */
import { deskWords } from '../desk_words';
import { chinese } from './words_zh';
import { english } from './words_en';

export const words = {
  zh: { ...deskWords.zh, ...chinese },
  en: { ...deskWords.en, ...english },
};
