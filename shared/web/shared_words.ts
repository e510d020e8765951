/** Words that every page uses. */
export const sharedWords = {
  zh: {
    box: {
      heard_now: "刚刚收到主机消息",
      heard: "{s} 秒前收到主机消息",
      stale:
        "已经 {s} 秒没有收到主机的消息，屏幕上的内容可能不是最新的。正在重新连接……",
      connecting: "正在连接店内主机……",
      connecting_hint:
        "如果一直停在这里，请检查主机是否通电、本机是否连着店里的网络。",
      not_set_up: "这个屏幕还没有设置",
      not_set_up_hint:
        "请在主机上运行 chuancai-edge device add，然后在这台设备上打开它给出的链接。链接里带着本机的凭证，只需打开一次。",
      rejected: "主机不认识这台设备",
      rejected_hint:
        "刚添加的设备要等主机重启后才能进入；否则请在主机上重新添加这台设备，再打开新的链接。",
      elsewhere: "这个屏幕已在另一个窗口打开",
      elsewhere_hint: "同一台设备同时只能用一个窗口，这里已停止更新。",
      use_here: "改在这里使用",
    },
    language: "English",
    language_label: "切换到英文",
    theme: { light: "浅色", dark: "深色" },
    unsent: "{n} 个操作未送达，正在重试",
    line_state: {
      waiting: "等待",
      cooking: "制作中",
      ready: "已做好",
      notified: "请取餐",
      picked_up: "已取走",
      cancelled: "已取消",
    },
    yesterday: "昨",
    yesterday_label: "昨日订单",
    addition: "加",
    addition_label: "加菜",
    allergy: "敏",
    allergy_label: "过敏原",
  },
  en: {
    box: {
      heard_now: "Box heard just now",
      heard: "Box heard {s} s ago",
      stale:
        "Nothing heard from the box for {s} s: what you see may be out of date. Reconnecting…",
      connecting: "Connecting to the box in the shop…",
      connecting_hint:
        "If this stays, check that the box has power and this device is on the shop’s network.",
      not_set_up: "This screen is not set up yet",
      not_set_up_hint:
        "Run chuancai-edge device add on the box, then open the link it prints on this device. The link carries this device’s credential and is needed only once.",
      rejected: "The box does not know this device",
      rejected_hint:
        "A device just added gets in once the box has restarted; otherwise add it again on the box and open the new link.",
      elsewhere: "This screen is open in another window",
      elsewhere_hint:
        "One device uses one window at a time. This one has stopped updating.",
      use_here: "Use it here instead",
    },
    language: "中文",
    language_label: "Switch to Chinese",
    theme: { light: "Light", dark: "Dark" },
    unsent: "{n} not delivered yet, trying again",
    line_state: {
      waiting: "Waiting",
      cooking: "Cooking",
      ready: "Ready",
      notified: "Pick up",
      picked_up: "Picked up",
      cancelled: "Cancelled",
    },
    yesterday: "昨",
    yesterday_label: "Yesterday’s order",
    addition: "加",
    addition_label: "Added",
    allergy: "敏",
    allergy_label: "Allergens",
  },
} as const;
