// Clients of other people's making: the examples of shared/docs/examples run as they stand, in Python and in
// JavaScript, against the real box, and the description of its MQTT is read by those who wrote the standard.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Parser } from '@asyncapi/parser';
import { Demo, freePorts, until } from '../demo.mjs';

const examples = fileURLToPath(new URL('../../../shared/docs/examples/', import.meta.url));
/** Where a copy finds the modules that a reader of the example installs. */
const copies = fileURLToPath(new URL('../test-results/native/', import.meta.url));
const python = process.env.CHUANCAI_E2E_PYTHON ?? 'python3';
const run = promisify(execFile);

describe('native clients', () => {
  let demo, authority, https, mqtts;

  before(async () => {
    await mkdir(copies, { recursive: true });
    for (const name of ['order.mjs', 'listen.mjs']) await copyFile(join(examples, name), join(copies, name));
    demo = await Demo.prepare();
    [https, mqtts] = await freePorts(2);
    demo.environment.CHUANCAI_EDGE__LAN__HTTP = `127.0.0.1:${https}`;
    demo.environment.CHUANCAI_EDGE__LAN__MQTT = `127.0.0.1:${mqtts}`;
    await demo.open();
    authority = join(demo.folder, 'ca.crt');
    await writeFile(authority, await (await fetch(new URL('/ca.crt', demo.addresses.pad))).text());
  });

  after(async () => {
    await demo?.close();
    await demo?.remove();
  });

  const credential = (page) => new URL(demo.addresses[page]).hash.slice(1);
  const withTls = (page) => ['127.0.0.1', `${mqtts}`, credential(page)];
  const inPlainText = (page) => ['127.0.0.1', demo.environment.CHUANCAI_DEMO_PORT_SHOP_BROKER, credential(page)];
  const inPython = (name) => [python, join(examples, `${name}.py`)];
  const inJavaScript = (name) => [process.execPath, join(copies, `${name}.mjs`)];

  /** Runs an example to its end and returns what it printed. */
  async function example([program, file], ...parameters) {
    const { stdout } = await run(program, [file, ...parameters], { timeout: 30_000 });
    return stdout.trim();
  }

  test('k1_k2_the_examples_order_a_dish_with_tls_and_in_plain_text', async () => {
    assert.equal(await example(inPython('order'), ...withTls('pad'), 'shuijiao', authority), '#01');
    assert.equal(await example(inJavaScript('order'), ...withTls('pad_802'), 'shuijiao', authority), '#02');
    assert.equal(await example(inPython('order'), ...inPlainText('pad_803'), 'shuijiao'), '#03');
    assert.equal(await example(inJavaScript('order'), ...inPlainText('pad_803'), 'shuijiao'), '#03', 'the same guest');
  });

  test('k10_the_examples_say_why_they_were_refused', async () => {
    for (const language of [inPython, inJavaScript]) {
      const refused = example(language('order'), ...withTls('pad'), 'no_such_dish', authority);
      await assert.rejects(refused, (error) => error.code === 1 && error.stderr.includes('unknown_dish'));
    }
  });

  test('m9_the_examples_hear_what_is_told_and_say_that_it_arrived', async () => {
    for (const [language, words] of [[inPython, '后门开着'], [inJavaScript, '下雨了']]) {
      const [program, file] = language('listen');
      const listener = spawn(program, [file, ...withTls('staff'), authority], { stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      listener.stdout.on('data', (text) => (heard += text));
      try {
        await until(`${file} to be told something and to say so`, 60, async () => {
          // To those who listen by then: nothing is kept for a device that is away.
          if (!heard) await call(words);
          const { records } = await look('/api/v1/messages?account=staff_1&state=acknowledged');
          return heard && records.some((record) => record.text.includes(words));
        });
        assert.match(heard, new RegExp(`^notice .*${words}`));
      } finally {
        listener.kill();
      }
    }
  });

  test('the_standard_reads_the_description_of_the_topics', async () => {
    const described = await fetch(new URL('/api/asyncapi.json', demo.addresses.pad));
    const { document, diagnostics } = await new Parser().parse(await described.text());
    const wrong = diagnostics.filter((found) => found.severity === 0).map(({ path, message }) => `${path.join('.')}: ${message}`);
    assert.deepEqual(wrong, []);
    assert.equal(document.version(), '3.0.0');
    const addresses = document.channels().all().map((channel) => channel.address());
    assert.ok(addresses.includes('l1/req/{device}'), `${addresses}`);
    assert.equal(document.servers().get('broker').host(), `127.0.0.1:${mqtts}`);
  });

  const asCashier = () => ({ authorization: `Bearer ${credential('cashier')}` });

  /** A notice for the waiters. */
  async function call(text) {
    const call = { brand: 'demo', shop: 'demo_shop', event: 'notice', kind: 'notify', channels: ['staff'], params: { text } };
    const address = new URL(`/api/v1/requests/${crypto.randomUUID()}`, demo.addresses.cashier);
    const body = JSON.stringify({ type: 'send_call', call });
    const answer = await fetch(address, { method: 'PUT', headers: asCashier(), body });
    assert.equal(answer.status, 200, await answer.text());
  }

  async function look(path) {
    const answer = await fetch(new URL(path, demo.addresses.cashier), { headers: asCashier() });
    assert.equal(answer.status, 200);
    return await answer.json();
  }
});
