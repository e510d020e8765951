/** Why a message is where it is. The cloud writes `carrier:105`: a word of ours, and the carrier's own code. */
import { useI18n } from 'vue-i18n';

export interface ReasonCode {
  readonly word: string;
  readonly code: string;
}

export function readReasonCode(reason: string): ReasonCode {
  const [word = '', ...rest] = reason.split(':');
  return { word, code: rest.join(':') };
}

/** A reason code in the page's language, such as `运营商拒收：内容含敏感词 (105)`. */
export function useReasonWords(): (reason: string) => string {
  const { t, te } = useI18n();
  return (reason) => {
    const { word, code } = readReasonCode(reason);
    const known = te(`reason_code.${word}`) ? t(`reason_code.${word}`) : word;
    if (code === '') return known;
    const about = te(`${word}_code.${code}`) ? `${t(`${word}_code.${code}`)} (${code})` : code;
    return t('reason_about', { reason: known, about });
  };
}
