import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import Cashier from './Cashier.vue';
import { words } from './words';

useTheme('cashier', 'light');
createApp(Cashier).use(createWords('cashier', words)).mount('#app');
