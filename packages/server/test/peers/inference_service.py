"""An ML service that knows the specification and nothing else: reads inference requests, answers with window commands.

Reads every member of a request by name, without defaults; sends exactly the five members of a command. Ends with 1 on any exception.

    /usr/bin/python3 inference_service.py HOST PORT
"""
import base64
import io
import json
import sys
import wave
from datetime import datetime, timezone

import paho.mqtt.client as mqtt


def on_connect(client, _userdata, _flags, code):
    if code != 0:
        raise RuntimeError(f"broker refused the connection: {code}")
    client.subscribe("ml/inference/request/+", qos=1)


def on_subscribe(_client, _userdata, _mid, _granted):
    print("ready", flush=True)


def on_message(client, _userdata, message):
    m = json.loads(message.payload)
    device_id = m["device_id"]
    if message.topic != f"ml/inference/request/{device_id}":
        raise ValueError(f"{device_id} asked on {message.topic}")
    datetime.fromisoformat(m["timestamp"].replace("Z", "+00:00"))
    temperature = float(m["temperature"])
    humidity = float(m["humidity"])
    sample_rate = int(m["audio_metadata"]["sample_rate"])
    duration = float(m["audio_metadata"]["duration"])
    frames = 0
    if m["audio_data"] != "":
        with wave.open(io.BytesIO(base64.b64decode(m["audio_data"], validate=True))) as sound:
            frames = len(sound.readframes(sound.getnframes())) // (sound.getnchannels() * sound.getsampwidth())
            if sound.getframerate() != sample_rate or abs(frames / sample_rate - duration) > 0.01:
                raise ValueError(f"{frames} frames at {sound.getframerate()} Hz, told {sample_rate} Hz and {duration} s")
    elif duration != 0:
        raise ValueError(f"no audio_data and a duration of {duration}")
    control = {
        "device_id": device_id,
        "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
        "position": max(0.0, min(100.0, 4 * (temperature - 10) + humidity / 10)),
        "confidence": 0.92,
        "features_used": {
            "temperature": temperature,
            "humidity": humidity,
            "audio_features": ["mfcc_mean", "spectral_centroid", "rms"] if frames else [],
        },
    }
    client.publish(f"window/{device_id}/control", json.dumps(control), qos=1)
    print(json.dumps({"temperature": temperature, "humidity": humidity, "frames": frames}), flush=True)


service = mqtt.Client("python-service")
service.on_connect = on_connect
service.on_subscribe = on_subscribe
service.on_message = on_message
service.connect(sys.argv[1], int(sys.argv[2]))
service.loop_forever()
