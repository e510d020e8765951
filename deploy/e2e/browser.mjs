// The browser of the tests: the machine's own Chromium, which fetches nothing by itself.

import { accessSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser() {
  const executablePath = process.env.CHUANCAI_E2E_BROWSER ?? places.find(isThere);
  if (!executablePath) throw new Error('Chromium is missing: apt-get install chromium');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
  args.push('--disable-background-networking', '--disable-component-update');
  return await chromium.launch({ executablePath, args });
}

function isThere(path) {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
