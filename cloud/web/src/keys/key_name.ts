/** What people call a key. The one that a brand gets when it joins is named by the cloud. */
export function keyName(name: string, t: (key: string) => string): string {
  return name === 'first' ? t('keys.first_name') : name;
}
