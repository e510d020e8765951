import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Pad from './Pad.vue';
import { words } from './words';

useTheme('pad', 'light');
createApp(Pad).use(createWords('pad', words)).mount('#app');
