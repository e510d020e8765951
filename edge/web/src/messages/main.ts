import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import '../office.css';
import Messages from './Messages.vue';
import { words } from './words';

useTheme('messages', 'light');
createApp(Messages).use(createWords('messages', words)).mount('#app');
