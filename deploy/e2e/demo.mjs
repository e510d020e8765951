// Opens the demo on free ports in a folder of its own, as a person would with `deploy/demo`, and closes it again.
// Deliberately absent: any way to start the programs that the demo itself does not use.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const deploy = fileURLToPath(new URL('..', import.meta.url));
const programs = resolve(deploy, '..', process.env.CHUANCAI_E2E_PROGRAMS ?? 'target/debug');

/** Something the tests wait for; it is not there after `seconds`: an error that says what. */
export async function until(what, seconds, look) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export class Demo {
  /** A folder and ports for a demo that is not open yet. */
  static async prepare() {
    const folder = await mkdtemp(join(tmpdir(), 'chuancai-e2e-'));
    const names = ['BOX', 'SHOP_BROKER', 'CLOUD', 'CLOUD_BROKER', 'CARRIER', 'PAYMENT'];
    const ports = await freePorts(names.length);
    const settings = Object.fromEntries(names.map((name, at) => [`CHUANCAI_DEMO_PORT_${name}`, `${ports[at]}`]));
    return new Demo(folder, settings);
  }

  constructor(folder, settings) {
    this.folder = folder;
    this.state = join(folder, 'state');
    this.clock = join(folder, 'clock');
    this.sound = join(folder, 'speaker.wav');
    this.environment = {
      ...process.env,
      ...settings,
      CHUANCAI_DEMO_STATE: this.state,
      CHUANCAI_DEMO_SOUND: this.sound,
      CHUANCAI_DEMO_PROGRAMS: programs,
    };
    this.printed = '';
  }

  /**
   * The clock on the shop's wall shows this from now on, or up to a second more, and goes on from there. Before the
   * demo opens, for the first time. libfaketime stands between all its programs and the clock; what waits, waits truly.
   */
  async setClock(shows) {
    const off = Math.round((Date.parse(shows) - Date.now()) / 1000) + 1;
    await writeFile(`${this.clock}.next`, `${off < 0 ? '' : '+'}${off}`);
    await rename(`${this.clock}.next`, this.clock);
    Object.assign(this.environment, {
      LD_PRELOAD: await fakeClock(),
      FAKETIME_TIMESTAMP_FILE: this.clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_SKIP_CMDS: 'mosquitto',
      NO_FAKE_STAT: '1',
    });
  }

  /** Runs `deploy/demo` until it says that the shop is open. */
  async open() {
    this.child = spawn(join(deploy, 'demo'), { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((done) => this.child.once('exit', (code) => done(code)));
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => (this.printed += text));
    await until('the demo to open', 60, async () => {
      if (this.child.exitCode !== null) throw new Error(`deploy/demo ended:\n${this.printed}`);
      return await stat(join(this.state, 'addresses')).catch(() => undefined);
    });
    const lines = (await readFile(join(this.state, 'addresses'), 'utf8')).trim().split('\n');
    /** By name, as `deploy/demo` prints them: pad, kitchen, cashier, dashboard …, and the manager's PIN. */
    this.addresses = Object.fromEntries(lines.map((line) => line.split(' ')));
  }

  /** Ctrl-C. */
  async close() {
    this.child.kill('SIGINT');
    return await this.ended;
  }

  /** What the cloud's command line prints. */
  async askCloud(...words) {
    const command = ['--config', join(this.state, 'cloud.toml'), ...words];
    const environment = { ...this.environment, CHUANCAI_CLOUD__LOG__FILTER: 'warn' };
    return (await promisify(execFile)(join(programs, 'chuancai-cloud'), command, { env: environment })).stdout;
  }

  async remove() {
    await rm(this.folder, { recursive: true, force: true });
  }

  async pid(name) {
    return Number(await readFile(join(this.state, `${name}.pid`), 'utf8'));
  }

  /** The pid of a program that one of ours has started itself. */
  async childOf(name, program) {
    const parent = await this.pid(name);
    // Each thread of the parent has its own children.
    for (const thread of await readdir(`/proc/${parent}/task`)) {
      const children = await readFile(`/proc/${parent}/task/${thread}/children`, 'utf8').catch(() => '');
      for (const pid of children.trim().split(' ').filter(Boolean)) {
        const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
        if (command.trim() === program) return Number(pid);
      }
    }
    return undefined;
  }

  /** Starts the cloud again, as a person would who finds it down. */
  startCloudAgain() {
    const command = ['--config', join(this.state, 'cloud.toml'), 'serve'];
    this.cloud = spawn(join(programs, 'chuancai-cloud'), command, { cwd: this.state, stdio: 'ignore' });
    return this.cloud;
  }

  /** Seconds of sound, as opposed to silence, that the speaker has made so far. */
  async secondsOfSound() {
    const file = await open(this.sound).catch(() => undefined);
    if (!file) return 0;
    const samples = new Int16Array((await file.readFile()).buffer.slice(44));
    await file.close();
    const window = 960 * 2; // 20 ms, two channels
    let loud = 0;
    for (let at = 0; at + window <= samples.length; at += window) {
      if (samples.subarray(at, at + window).some((sample) => Math.abs(sample) > 500)) loud += 1;
    }
    return loud / 50;
  }
}

/** Debian keeps it under the name of the machine's kind. */
async function fakeClock() {
  for (const kind of await readdir('/usr/lib')) {
    const library = `/usr/lib/${kind}/faketime/libfaketimeMT.so.1`;
    if (await stat(library).catch(() => undefined)) return library;
  }
  throw new Error('libfaketime is not installed: apt-get install faketime');
}

/** Ports that nobody listens on. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((done) => {
      const server = createServer().listen(0, '127.0.0.1', () => done(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
