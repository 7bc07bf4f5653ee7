"""A backend that knows the specification and nothing else: asks an inference service, and reads the commands that it sends.

Sends exactly the members of a request, one per line of standard input as [device_id, temperature, humidity, WAV file or ""]; reads every member
of each command by name, without defaults. Ends with 0 once each has been answered, with 1 on any exception.

    /usr/bin/python3 backend.py HOST PORT < requests
"""
import base64
import json
import sys
import wave
from datetime import datetime, timezone

import paho.mqtt.client as mqtt

requests = [json.loads(line) for line in sys.stdin]
asked = {}


def request_of(device_id, temperature, humidity, file):
    sample_rate, duration, data = 16000, 0.0, ""
    if file != "":
        with wave.open(file) as sound:
            sample_rate, duration = sound.getframerate(), sound.getnframes() / sound.getframerate()
        with open(file, "rb") as content:
            data = base64.b64encode(content.read()).decode()
    return {
        "device_id": device_id,
        "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
        "temperature": temperature,
        "humidity": humidity,
        "audio_data": data,
        "audio_metadata": {"sample_rate": sample_rate, "duration": duration},
    }


def ask(client):
    device_id, temperature, humidity, file = requests.pop(0)
    asked[device_id] = (temperature, humidity)
    message = json.dumps(request_of(device_id, temperature, humidity, file))
    client.publish(f"ml/inference/request/{device_id}", message, qos=1)


def on_connect(client, _userdata, _flags, code):
    if code != 0:
        raise RuntimeError(f"broker refused the connection: {code}")
    client.subscribe("window/+/control", qos=1)


def on_subscribe(client, _userdata, _mid, _granted):
    ask(client)


def on_message(client, _userdata, message):
    m = json.loads(message.payload)
    device_id = m["device_id"]
    datetime.fromisoformat(m["timestamp"].replace("Z", "+00:00"))
    position, confidence = float(m["position"]), float(m["confidence"])
    used = m["features_used"]
    temperature, humidity = asked.pop(device_id)
    if message.topic != f"window/{device_id}/control" or message.retain:
        raise ValueError(f"{device_id} is commanded on {message.topic}, retained: {message.retain}")
    if (float(used["temperature"]), float(used["humidity"])) != (temperature, humidity):
        raise ValueError(f"asked about {temperature}, {humidity}, answered {used}")
    if not (0 <= position <= 100 and 0 <= confidence <= 1):
        raise ValueError(f"position {position}, confidence {confidence}")
    print(json.dumps({"device_id": device_id, "position": position, "groups": list(used["audio_features"])}), flush=True)
    if requests:
        ask(client)
    else:
        client.disconnect()


backend = mqtt.Client("python-backend")
backend.on_connect = on_connect
backend.on_subscribe = on_subscribe
backend.on_message = on_message
backend.connect(sys.argv[1], int(sys.argv[2]))
backend.loop_forever()
