/** Addresses of the pages. They stand behind `#`, so the cloud serves one document. */
import { createRouter, createWebHashHistory, type RouteLocationNormalized } from 'vue-router';
import { asked, me } from './session';

export const router = createRouter({
  history: createWebHashHistory(),
  // A figure leads to its records on the same page by `?at=packages`.
  scrollBehavior: (to, from, saved) => {
    if (typeof to.query.at === 'string') return { el: `#${CSS.escape(to.query.at)}`, behavior: 'smooth' };
    return to.path === from.path ? undefined : (saved ?? { top: 0 });
  },
  routes: [
    { path: '/', redirect: '/today' },
    { path: '/sign-in', name: 'sign-in', component: () => import('./sign_in/SignIn.vue') },
    {
      path: '/',
      component: () => import('./Shell.vue'),
      children: [
        { path: 'today', name: 'today', component: () => import('./today/Today.vue') },
        { path: 'orders', name: 'orders', component: () => import('./orders/Orders.vue') },
        {
          path: 'sms',
          children: [
            { path: '', name: 'sms', component: () => import('./sms/Sms.vue') },
            { path: 'figures', name: 'figures', component: () => import('./figures/Figures.vue') },
          ],
        },
        { path: 'top-up', name: 'top_up', component: () => import('./top_up/TopUp.vue') },
        { path: 'keys', name: 'keys', component: () => import('./keys/Keys.vue') },
        { path: 'messages', name: 'messages', component: () => import('./messages/Messages.vue') },
      ],
    },
    { path: '/:rest(.*)', redirect: '/today' },
  ],
});

router.beforeEach(async (to) => {
  await asked;
  if (me.value === null && to.name !== 'sign-in') return { name: 'sign-in', query: { next: to.fullPath } };
  if (me.value !== null && to.name === 'sign-in') return pageAfterSignIn(to);
  if (to.name === 'keys' && me.value?.role !== 'owner') return { name: 'today' };
  return true;
});

/** Where someone wanted to go before they had to sign in. */
export function pageAfterSignIn(at: RouteLocationNormalized): string {
  const next = at.query.next;
  return typeof next === 'string' && next.startsWith('/') ? next : '/today';
}
