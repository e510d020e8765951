/** Words that the office pages share. */
export const deskWords = {
  zh: {
    desk: {
      only_cashier: '这里只给收银台用',
      only_cashier_hint: '设置和统计用收银台的凭证。请先在这个浏览器里打开收银台的设置链接，再回到这里。',
      to_cashier: '去收银台',
    },
  },
  en: {
    desk: {
      only_cashier: 'For the front desk only',
      only_cashier_hint:
        'Set-up and statistics use the cashier’s credential. Open the cashier’s set-up link in this browser, then come back.',
      to_cashier: 'Go to the cashier page',
    },
  },
};
