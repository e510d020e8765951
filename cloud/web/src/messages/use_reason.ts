/** A reason of the cloud's in the page's language. */
import { useI18n } from 'vue-i18n';
import { readReason } from './reason';

export function useReason(): (reason: string) => string {
  const { t, te } = useI18n();
  return (reason) => {
    const { word, code, said } = readReason(reason);
    if (!te(`relay_reason.${word}`)) return reason;
    // An HTTP status that has no words of its own.
    const about = /^\d{3}$/.test(code) && !te(`relay_code.${code}`) ? 'http' : code;
    const known = te(`relay_code.${about}`) ? t(`relay_code.${about}`) : said;
    return t(`relay_reason.${word}`, { detail: code ? `${known} (${code})` : said });
  };
}
