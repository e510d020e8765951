/**
 * The credential of a screen. It arrives once in the fragment of the page's link (`#device.SECRET`), which never
 * reaches a server log, and is then kept under the page's name, so that several pages can share one browser.
 */

export interface Credential {
  readonly device: string;
  readonly secret: string;
}

/** Reads `device.SECRET`. `null` when it is something else. */
export function parseCredential(text: string): Credential | null {
  const dot = text.indexOf('.');
  const device = text.slice(0, dot);
  const secret = text.slice(dot + 1);
  if (dot < 0 || !/^[a-z0-9_]{2,40}$/.test(device) || secret === '') return null;
  return { device, secret };
}

/** The credential of this page: from the address, else from an earlier visit. */
export function takeCredential(page: string): Credential | null {
  const given = parseCredential(location.hash.slice(1));
  if (given) {
    keepCredential(page, given);
    history.replaceState(null, '', location.pathname + location.search);
    return given;
  }
  return keptCredential(page);
}

/** The credential that a page kept at an earlier visit. */
export function keptCredential(page: string): Credential | null {
  return parseCredential(localStorage.getItem(credentialKey(page)) ?? '');
}

/** Keeps a credential for a page of this browser; the one it had before is forgotten. */
export function keepCredential(page: string, { device, secret }: Credential): void {
  localStorage.setItem(credentialKey(page), `${device}.${secret}`);
}

function credentialKey(page: string): string {
  return `chuancai.${page}.credential`;
}
