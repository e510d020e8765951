"""Prints what a device is told and says that it has arrived.  pip install paho-mqtt
usage: listen.py HOST PORT DEVICE.SECRET [CA.CRT]    with the box's /ca.crt it speaks TLS"""
import json, sys
import paho.mqtt.client as mqtt

host, port, credential, *ca = sys.argv[1:]
device, secret = credential.split(".")
# The same message may come twice; it is told once.
told = set()

def on_connect(client, *_):
    client.subscribe(f"l1/msg/{device}", qos=1)
    client.publish(f"l1/dev/{device}", "1", qos=1, retain=True)

def on_message(client, userdata, message):
    got = json.loads(message.payload)
    if got["id"] not in told:
        told.add(got["id"])
        print(got["event"], got["text"], flush=True)
    report = {"id": got["id"], "became": "acknowledged"}
    client.publish(f"l1/ack/{device}", json.dumps(report), qos=1)

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device)
client.username_pw_set(device, secret)
client.will_set(f"l1/dev/{device}", "0", qos=1, retain=True)
if ca:
    client.tls_set(ca_certs=ca[0])
client.on_connect, client.on_message = on_connect, on_message
client.connect(host, int(port), keepalive=15)
client.loop_forever()
