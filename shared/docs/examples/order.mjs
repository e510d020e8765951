// Orders a dish as a pad and prints the order's number.  npm install mqtt
// usage: node order.mjs HOST PORT DEVICE.SECRET DISH [CA.CRT]    with the box's /ca.crt it speaks TLS
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const [host, port, credential, dish, ca] = process.argv.slice(2);
const [device, password] = credential.split('.');
const tls = ca ? { ca: readFileSync(ca) } : {};
const client = mqtt.connect(`${ca ? 'mqtts' : 'mqtt'}://${host}:${port}`, { clientId: device, username: device, password, keepalive: 15, ...tls });
// Minted once and kept until the reply: however often it is sent, it is one order.
const request = { id: randomUUID(), command: { type: 'place_order', lines: [{ dish, quantity: 1 }] } };
const send = () => client.publish(`l1/req/${device}`, JSON.stringify(request), { qos: 1 });
// It connects again by itself.
client.on('error', (error) => console.error(error.message));
client.on('message', (_, payload) => {
  const { id, answer, problem } = JSON.parse(payload);
  if (id !== request.id) return;
  if (problem) console.error(`${problem.code}: ${problem.detail}`);
  else console.log(`#${String(answer.orders[0].number).padStart(2, '0')}`);
  client.end(false, {}, () => process.exit(problem ? 1 : 0));
});
await client.subscribeAsync(`l1/rep/${device}`, { qos: 1 });
send();
setInterval(send, 3000);
