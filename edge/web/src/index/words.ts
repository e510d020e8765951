/** Words of the list of pages. */
export const words = {
  zh: {
    title: '传菜',
    heading: '这台主机上的页面',
    hint: '每台设备第一次打开时，要用它自己的设置链接；之后从这里进入即可。',
    page: {
      kitchen: { name: '后厨', what: '订单、制作、叫取、估清' },
      expo: { name: '传菜', what: '做好的菜、送到哪间、起菜、呼叫服务' },
      pad: { name: '点餐平板', what: '客房里看菜单、下单、看进度' },
      call: { name: '叫号屏', what: '制作中和请取餐的号码' },
      staff: { name: '服务员', what: '呼叫、要取的菜、通知，手机上一只手用' },
      speaker: { name: '音箱', what: '用浏览器当音箱，把播报说出来' },
      cashier: { name: '收银台', what: '手牌下单、换房、退菜、清洁房间' },
      setup: { name: '设置', what: '菜单、档口、打印机、导入导出' },
      times: { name: '出餐时间', what: '每道菜做多久、哪里超时' },
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
    hint: 'The first time, a device opens its own set-up link; after that, enter here.',
    page: {
      kitchen: { name: 'Kitchen', what: 'Orders, cooking, calling, sold out' },
      expo: { name: 'Expo', what: 'What is ready, for which room, hold and fire, service calls' },
      pad: { name: 'Guest pad', what: 'Menu, order and progress in a room' },
      call: { name: 'Call screen', what: 'Numbers being made and to collect' },
      staff: { name: 'Waiter', what: 'Calls, dishes to fetch and notices, for one hand on a phone' },
      speaker: { name: 'Speaker', what: 'A browser as a loudspeaker for the announcements' },
      cashier: { name: 'Cashier', what: 'Wristband orders, moves, voids, rooms cleaned' },
      setup: { name: 'Set-up', what: 'Menu, stations, printers, import and export' },
      times: { name: 'Prep times', what: 'How long each dish takes, and what is late' },
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
