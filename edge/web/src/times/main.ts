import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import '../office.css';
import Times from './Times.vue';
import { words } from './words';

useTheme('times', 'light');
createApp(Times).use(createWords('times', words)).mount('#app');
