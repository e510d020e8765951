import '@shared/tokens.css';
import '@shared/base.css';
import { useTheme } from '@shared/theme';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import '../office.css';
import Pair from './Pair.vue';
import { words } from './words';

useTheme('pair', 'light');
createApp(Pair).use(createWords('pair', words)).mount('#app');
