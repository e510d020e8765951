export const words = { zh: { title: 'x' }, en: { title: 'x' } };
