import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'shared/web/generated/**'] },
  js.configs.recommended,
  ts.configs.strict,
  vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    // The compiler knows the browser's names.
    rules: { 'no-undef': 'off', 'vue/multi-word-component-names': 'off', 'vue/no-v-html': 'error' },
  },
  prettier,
);
