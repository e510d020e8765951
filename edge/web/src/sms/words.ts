/** Words about the guest's text messages that the front desk and the waiter's page share. */
import type { SmsFailure } from '@shared/generated/wire';

interface SmsWords {
  readonly asked: string;
  readonly sent: string;
  readonly delivered: string;
  readonly failed: string;
  /** For a list, where the reason has no room. */
  readonly failed_short: string;
  /** Which round of the order it is about. */
  readonly addition: string;
  readonly because: Readonly<Record<SmsFailure, string>>;
  readonly [more: string]: string | Readonly<Record<string, string>>;
}

const zh: SmsWords = {
  asked: '短信已提交',
  sent: '短信已发出',
  delivered: '短信已送达',
  failed: '短信未送达：{why}',
  failed_short: '短信未送达',
  addition: '加菜 {n} · ',
  because: {
    no_units: '余额不足',
    too_late: '等得太久',
    opted_out: '客人已退订',
    cancelled: '品牌已撤回',
    unsendable: '内容不能发送',
    refused: '运营商拒收',
    undelivered: '运营商未能送到',
    no_receipt: '运营商没有回执',
  },
};

const en: SmsWords = {
  asked: 'SMS asked for',
  sent: 'SMS sent',
  delivered: 'SMS delivered',
  failed: 'SMS not delivered: {why}',
  failed_short: 'SMS not delivered',
  addition: 'Addition {n} · ',
  because: {
    no_units: 'no units left',
    too_late: 'it waited too long',
    opted_out: 'the guest has opted out',
    cancelled: 'the brand took it back',
    unsendable: 'its text cannot be sent',
    refused: 'the carrier refused it',
    undelivered: 'the carrier could not deliver it',
    no_receipt: 'the carrier never said',
  },
};

export const smsWords = { zh: { sms: zh }, en: { sms: en } };
