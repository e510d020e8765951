/** The keys of this device: kept under the page's name, taught one at a time, given to whoever is on top. */
import { onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import { bind, functionOf, keyOf, readKeys } from './keymap';
import type { KeyFunction, Keymap } from './keymap';

export function useKeys(page: string, act: (name: KeyFunction, event: KeyboardEvent) => boolean) {
  const storageKey = `chuancai.${page}.keys`;
  const keys = shallowRef<Keymap>(readKeys(localStorage.getItem(storageKey)));
  /** The function whose key is pressed next. */
  const learning = ref<KeyFunction | null>(null);

  watch(keys, (now) => localStorage.setItem(storageKey, JSON.stringify(now)));

  function learn(event: KeyboardEvent): void {
    if (learning.value && event.key !== 'Escape') keys.value = bind(keys.value, learning.value, keyOf(event));
    learning.value = null;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function onKey(event: KeyboardEvent): void {
    if (learning.value) {
      learn(event);
      return;
    }
    const name = functionOf(keys.value, event);
    if (!name || isTyping(event) || isShortcut(event)) return;
    if (act(name, event)) event.preventDefault();
  }

  function reset(): void {
    keys.value = readKeys(null);
  }

  onMounted(() => window.addEventListener('keydown', onKey, { capture: true }));
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey, { capture: true }));

  return { keys, learning, reset };
}

function isTyping(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
}

/** A key held down with another belongs to the browser; a bar may well use a bare Ctrl as a key. */
function isShortcut(event: KeyboardEvent): boolean {
  const isModifier = /^(Control|Alt|Meta|Shift)/.test(event.code);
  return !isModifier && (event.ctrlKey || event.metaKey || event.altKey);
}
