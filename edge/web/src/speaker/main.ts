import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Speaker from './Speaker.vue';
import { words } from './words';

useTheme('speaker', 'dark');
createApp(Speaker).use(createWords('speaker', words)).mount('#app');
