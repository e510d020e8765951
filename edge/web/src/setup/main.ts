import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import '../office.css';
import Setup from './Setup.vue';
import { words } from './words';

useTheme('setup', 'light');
createApp(Setup).use(createWords('setup', words)).mount('#app');
