"""Orders a dish as a pad and prints the order's number.  pip install paho-mqtt
usage: order.py HOST PORT DEVICE.SECRET DISH [CA.CRT]    with the box's /ca.crt it speaks TLS"""
import json, sys, threading, uuid
import paho.mqtt.client as mqtt

host, port, credential, dish, *ca = sys.argv[1:]
device, secret = credential.split(".")
# Minted once and kept until the reply: however often it is sent, it is one order.
request = {"id": str(uuid.uuid4()), "command": {"type": "place_order", "lines": [{"dish": dish, "quantity": 1}]}}
listening, replied, reply = threading.Event(), threading.Event(), {}

def on_message(client, userdata, message):
    got = json.loads(message.payload)
    if got.get("id") == request["id"]:
        reply.update(got)
        replied.set()

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device)
client.username_pw_set(device, secret)
if ca:
    client.tls_set(ca_certs=ca[0])
client.on_message = on_message
client.on_connect = lambda *_: client.subscribe(f"l1/rep/{device}", qos=1)
client.on_subscribe = lambda *_: listening.set()
client.connect(host, int(port), keepalive=15)
client.loop_start()
listening.wait()
while True:
    client.publish(f"l1/req/{device}", json.dumps(request), qos=1)
    if replied.wait(timeout=3):
        break
client.disconnect()
if "problem" in reply:
    sys.exit(f"{reply['problem']['code']}: {reply['problem']['detail']}")
print(f"#{reply['answer']['orders'][0]['number']:02}")
