import '@shared/tokens.css';
import '@shared/base.css';
import './large.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Kitchen from './Kitchen.vue';
import { words } from './words';

useTheme('kitchen', 'dark');
createApp(Kitchen).use(createWords('kitchen', words)).mount('#app');
