/** Words of the list of pages. */
export const words = {
  zh: {
    title: '传菜',
    heading: '这台主机上的页面',
    hint: '新设备先加进来，之后从这里进入自己的页面。',
    pair: '添加这台设备：输入八位配对码',
    page: {
      kitchen: { name: '后厨', what: '订单、制作、叫取、估清' },
      expo: { name: '传菜', what: '做好的菜、送到哪间、起菜、呼叫服务' },
      pad: { name: '点餐平板', what: '客房里看菜单、下单、看进度' },
      call: { name: '叫号屏', what: '制作中和请取餐的号码' },
      cashier: { name: '收银台', what: '手牌下单、换房、退菜、清洁房间' },
      setup: { name: '设置', what: '菜单、档口、播报、设备、打印机' },
      times: { name: '出餐时间', what: '每道菜做多久、哪里超时' },
      messages: { name: '消息记录', what: '告诉了谁、什么时候、为什么没说' },
    },
    device: {
      none: '本机未设置',
      asking: '正在询问……',
      known: '本机是 {device}',
      unknown: '凭证已失效',
      away: '主机没有回答',
    },
  },
  en: {
    title: 'Chuancai',
    heading: 'Pages of this box',
    hint: 'Add a new device first; after that it enters its own page here.',
    pair: 'Add this device: type its eight digits',
    page: {
      kitchen: { name: 'Kitchen', what: 'Orders, cooking, calling, sold out' },
      expo: { name: 'Expo', what: 'What is ready, for which room, hold and fire, service calls' },
      pad: { name: 'Guest pad', what: 'Menu, order and progress in a room' },
      call: { name: 'Call screen', what: 'Numbers being made and to collect' },
      cashier: { name: 'Cashier', what: 'Wristband orders, moves, voids, rooms cleaned' },
      setup: { name: 'Set-up', what: 'Menu, stations, announcements, devices, printers' },
      times: { name: 'Prep times', what: 'How long each dish takes, and what is late' },
      messages: { name: 'Message log', what: 'Who was told, when, and why not' },
    },
    device: {
      none: 'Not set up here',
      asking: 'Asking…',
      known: 'This is {device}',
      unknown: 'Credential no longer valid',
      away: 'The box does not answer',
    },
  },
};
