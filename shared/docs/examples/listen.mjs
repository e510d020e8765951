// Prints what a device is told and says that it has arrived.  npm install mqtt
// usage: node listen.mjs HOST PORT DEVICE.SECRET [CA.CRT]    with the box's /ca.crt it speaks TLS
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const [host, port, credential, ca] = process.argv.slice(2);
const [device, password] = credential.split('.');
const will = { topic: `l1/dev/${device}`, payload: '0', qos: 1, retain: true };
const tls = ca ? { ca: readFileSync(ca) } : {};
const client = mqtt.connect(`${ca ? 'mqtts' : 'mqtt'}://${host}:${port}`, { clientId: device, username: device, password, keepalive: 15, will, ...tls });
// The same message may come twice; it is told once.
const told = new Set();
client.on('connect', () => {
  client.subscribe(`l1/msg/${device}`, { qos: 1 });
  client.publish(will.topic, '1', { qos: 1, retain: true });
});
// It connects again by itself.
client.on('error', (error) => console.error(error.message));
client.on('message', (_, payload) => {
  const { id, event, text } = JSON.parse(payload);
  if (!told.has(id)) console.log(event, text);
  told.add(id);
  client.publish(`l1/ack/${device}`, JSON.stringify({ id, became: 'acknowledged' }), { qos: 1 });
});
