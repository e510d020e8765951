/** Words of the call screen. */
export const words = {
  zh: {
    title: '叫号屏 · 传菜',
    preparing: '制作中',
    ready: '请取餐',
    now: '请取餐',
    more_coming: '其余制作中',
    none_preparing: '暂无制作中的订单',
    none_ready: '做好了会在这里叫号',
    page: '{page} / {pages}',
    clock: '店内时间 {time}',
  },
  en: {
    title: 'Call screen · Chuancai',
    preparing: 'Preparing',
    ready: 'Please collect',
    now: 'Please collect',
    more_coming: 'More coming',
    none_preparing: 'Nothing is being made',
    none_ready: 'Numbers appear here when ready',
    page: '{page} / {pages}',
    clock: 'Time in the shop {time}',
  },
};
