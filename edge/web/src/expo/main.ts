import '@shared/tokens.css';
import '@shared/base.css';
import '../kitchen/large.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Expo from './Expo.vue';
import { words } from './words';

useTheme('expo', 'dark');
createApp(Expo).use(createWords('expo', words)).mount('#app');
