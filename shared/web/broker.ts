/** The box's broker as a screen uses it: one clean session, subscriptions, presence, reconnecting by itself. */
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Credential } from './credential';

export interface BrokerEvents {
  /** Connected and subscribed: whatever is fetched from here on misses nothing. */
  readonly subscribed: () => void;
  readonly message: (topic: string, payload: string) => void;
  /** The connection has ended, or could not be made. It is tried again by itself. */
  readonly closed: () => void;
}

/** Topics, each with the quality of service that it is heard with: 1 for what must not be lost. */
export type Topics = Readonly<Record<string, { qos: 0 | 1 }>>;

const FIRST_RECONNECT_MS = 500;
const LAST_RECONNECT_MS = 8_000;
/** Of a screen that has lost power the box hears within one and a half of these, and covers its station. */
const KEEPALIVE_S = 5;
/** A connection that lived this long was a good one, and the next try may come at once. */
const GOOD_AFTER_MS = 10_000;

/** Connects for good; end it with `end()`. */
export function connectBroker(credential: Credential, topics: Topics, events: BrokerEvents): MqttClient {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const presence = `l1/dev/${credential.device}`;
  const client = mqtt.connect(`${scheme}://${location.host}/mqtt`, {
    clientId: credential.device,
    username: credential.device,
    password: credential.secret,
    clean: true,
    protocolVersion: 5,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: FIRST_RECONNECT_MS,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    // The default starts a worker from a blob, which a strict content policy forbids.
    timerVariant: 'native',
    will: { topic: presence, payload: '0', qos: 1, retain: true },
  });
  let connectedMs = Infinity;
  client.on('connect', () => {
    connectedMs = performance.now();
    client.publish(presence, '1', { qos: 1, retain: true });
    client.subscribe({ ...topics }, (error) => {
      if (error) client.reconnect();
      else events.subscribed();
    });
  });
  client.on('close', () => {
    const wasGood = performance.now() - connectedMs > GOOD_AFTER_MS;
    const wait = wasGood ? FIRST_RECONNECT_MS : 2 * (client.options.reconnectPeriod ?? FIRST_RECONNECT_MS);
    client.options.reconnectPeriod = Math.min(LAST_RECONNECT_MS, wait);
    connectedMs = Infinity;
    events.closed();
  });
  client.on('message', (topic, payload) => events.message(topic, payload.toString()));
  // Each failed try is also told as `close`, which is where it is handled; without a listener it would be thrown.
  client.on('error', () => undefined);
  return client;
}
