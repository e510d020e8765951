/** Who is signed in, and which shop they look at. */
import { computed, ref } from 'vue';
import { get, post, SignedOut } from './api/http';
import type { Me, Shop } from './api/types';

const SHOP_KEY = 'chuancai.dashboard.shop';

export const me = ref<Me | null>(null);
/** A session ended by itself: the sign-in page says so. */
export const ended = ref(false);

let noteAsked: () => void;
/** Fulfilled once the cloud has said whether somebody is signed in; until then no page is chosen. */
export const asked = new Promise<void>((fulfil) => {
  noteAsked = fulfil;
});

const chosenShop = ref(localStorage.getItem(SHOP_KEY));

/** The chosen shop, else the first; null for a brand without shops. */
export const shop = computed<Shop | null>(
  () => me.value?.shops.find((one) => one.shop === chosenShop.value) ?? me.value?.shops[0] ?? null,
);

export const timeZone = computed(() => shop.value?.time_zone ?? 'Asia/Shanghai');

/** What people call a shop; its id when it is none of ours any more. */
export function shopName(id: string): string {
  return me.value?.shops.find((one) => one.shop === id)?.name ?? id;
}

export function chooseShop(id: string): void {
  chosenShop.value = id;
  localStorage.setItem(SHOP_KEY, id);
}

/** Asks who is signed in. Rejects with whatever the network failed of. */
export async function loadMe(signal?: AbortSignal): Promise<void> {
  try {
    me.value = await get<Me>('me', {}, signal);
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    noteSignedOut();
  }
  noteAsked();
}

export async function signIn(user: string, password: string): Promise<void> {
  await post('sign-in', { user, password });
  ended.value = false;
  await loadMe();
}

export async function signOut(): Promise<void> {
  await post('sign-out');
  me.value = null;
}

/** The cloud no longer knows the session. */
export function noteSignedOut(): void {
  ended.value = me.value !== null;
  me.value = null;
}
