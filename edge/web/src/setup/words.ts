/** Words of the set-up page. */
import { deskWords } from '../desk_words';
import { messageWords } from '../message_words';
import { announcementWords } from './announcements/announcement_words';
import { deviceWords } from './devices/device_words';
import { chinese } from './words_zh';
import { english } from './words_en';

export const words = {
  zh: { ...deskWords.zh, ...messageWords.zh, ...announcementWords.zh, ...deviceWords.zh, ...chinese },
  en: { ...deskWords.en, ...messageWords.en, ...announcementWords.en, ...deviceWords.en, ...english },
};
