import '@shared/tokens.css';
import '@shared/base.css';
import './element.css';
import './frame.css';
import { createWords } from '@shared/words';
import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router';
import { words } from './words';

createApp(App).use(createWords('dashboard', words)).use(router).mount('#app');
