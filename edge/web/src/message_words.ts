/** What messages are about, where they go and what became of them, in words: set-up and message log share them. */
import type { Channel, MessageEvent, MessageReason, MessageState, Source } from '@shared/generated/wire';

interface MessageWords {
  readonly event: Readonly<Record<MessageEvent, string>>;
  readonly channel: Readonly<Record<Channel, string>>;
  readonly source: Readonly<Record<Source, string>>;
  readonly message_state: Readonly<Record<MessageState, string>>;
  readonly reason: Readonly<Record<MessageReason, string>>;
  readonly [more: string]: Readonly<Record<string, string>>;
}

const zh: MessageWords = {
  event: {
    order_placed: '新订单',
    lines_fired: '起菜',
    lines_rushed: '催菜',
    line_voided: '退菜',
    line_cancelled: '取消未做的菜',
    left_behind: '客人走了，菜还在做',
    pickup_called: '请取餐',
    service_called: '呼叫服务',
    attendant_called: '叫技师',
    notice: '通知',
  },
  channel: {
    speaker: '喇叭',
    kitchen: '后厨屏',
    call_screen: '叫号屏',
    cashier: '收银台',
    staff: '服务员',
    pad: '客房平板',
    tencent_im: '腾讯 IM',
    webhook: 'Webhook',
  },
  source: { room: '房间客人', wristband: '手牌客人', shop: '门店' },
  message_state: {
    queued: '等待',
    sent: '已发出',
    acknowledged: '已送达',
    spoken: '已播报',
    skipped: '没有播',
    failed: '没送到',
  },
  reason: {
    turned_off: '播报设置里已经关掉',
    quiet_hours: '正在安静时段',
    too_old: '等得太久，说了也没用了',
    too_many: '排队的太多',
    said_together: '和同一位客人的另一条合在一起说了',
    started: '菜已经开始做了',
    no_longer_so: '菜已取消、退掉或收回',
    picked_up: '菜已经取走了',
    answered: '已经有人去了',
    seen: '后厨已经确认看到',
    guest_left: '客人已经离开',
    off_duty: '技师已经下钟',
    device_gone: '设备已停用，或换了地方',
    no_answer: '没有收到回应',
    not_heard: '设备没能出声：没人碰过屏幕，或声音放不出来',
    voice_off: '没有可用的声音：播报已关闭',
  },
  account: { box: '主机喇叭', cashiers: '所有收银台' },
};

const en: MessageWords = {
  event: {
    order_placed: 'New order',
    lines_fired: 'Fired',
    lines_rushed: 'Rushed',
    line_voided: 'Voided',
    line_cancelled: 'Cancelled before cooking',
    left_behind: 'Guest gone, dish cooking',
    pickup_called: 'Pick up',
    service_called: 'Service call',
    attendant_called: 'Attendant called',
    notice: 'Notice',
  },
  channel: {
    speaker: 'Speaker',
    kitchen: 'Kitchen',
    call_screen: 'Call screen',
    cashier: 'Cashier',
    staff: 'Staff',
    pad: 'Pad',
    tencent_im: 'Tencent IM',
    webhook: 'Webhook',
  },
  source: { room: 'Guests in rooms', wristband: 'With wristbands', shop: 'The shop' },
  message_state: {
    queued: 'Waiting',
    sent: 'Sent',
    acknowledged: 'Arrived',
    spoken: 'Spoken',
    skipped: 'Not said',
    failed: 'Not delivered',
  },
  reason: {
    turned_off: 'turned off in the settings by then',
    quiet_hours: 'quiet hours',
    too_old: 'waited for too long to be of use',
    too_many: 'too many were waiting',
    said_together: 'said in one sentence with another about the same guest',
    started: 'the dish had been started',
    no_longer_so: 'the dish was cancelled, voided or called back',
    picked_up: 'the dish had been picked up',
    answered: 'somebody was on the way',
    seen: 'the kitchen had said it saw it',
    guest_left: 'the guest had left',
    off_duty: 'the attendant had gone off duty',
    device_gone: 'the device was revoked or stands elsewhere',
    no_answer: 'no answer came',
    not_heard: 'the device made no sound: nobody had touched it, or it could not play',
    voice_off: 'nothing speaks: the voice is turned off',
  },
  account: { box: 'The box’s speaker', cashiers: 'All cashiers' },
};

export const messageWords = { zh, en };
