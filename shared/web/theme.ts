/** Light or dark, remembered by the page. */
import { ref, watch } from 'vue';

export type Theme = 'light' | 'dark';

export const theme = ref<Theme>('light');

/** Applies the theme that the page was last left in, else its own. */
export function useTheme(page: string, usual: Theme): void {
  const key = `chuancai.${page}.theme`;
  const kept = localStorage.getItem(key);
  theme.value = kept === 'light' || kept === 'dark' ? kept : usual;
  watch(
    theme,
    (chosen) => {
      document.documentElement.dataset.theme = chosen;
      localStorage.setItem(key, chosen);
    },
    { immediate: true },
  );
}
