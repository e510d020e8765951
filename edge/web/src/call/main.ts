import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Call from './Call.vue';
import { words } from './words';

useTheme('call', 'dark');
createApp(Call).use(createWords('call', words)).mount('#app');
