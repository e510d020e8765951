import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Index from './Index.vue';
import { words } from './words';

useTheme('index', 'light');
createApp(Index).use(createWords('index', words)).mount('#app');
