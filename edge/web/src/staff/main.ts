import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Staff from './Staff.vue';
import { words } from './words';

useTheme('staff', 'light');
createApp(Staff).use(createWords('staff', words)).mount('#app');
