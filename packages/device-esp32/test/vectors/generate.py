"""Writes the golden vectors of the codec: payload bytes as they travel, and what must become of them.

Times, hashes and base64 come from Python's datetime, hashlib and base64 (3.11), not from the code under test; positions, ranges
and reasons are written by hand from the protocol. Run in this folder: python3 generate.py, then prettier over what it wrote.
"""
import base64, hashlib, json, re, struct
from datetime import datetime, timezone

RECEIVED = "2025-10-24T12:00:01.500Z"
DELIVERY = "journal-1:42"


def ms(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


NOW = ms(RECEIVED)


def digest(topic, payload):
    return hashlib.sha256(topic.encode() + b"\0" + payload).hexdigest()[:32]


def case(name, topic, payload, events=None, reason=None, device=None, retained=False, sequence=None):
    data = payload if isinstance(payload, bytes) else (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    out = {"name": name, "topic": topic, **({"retained": True} if retained else {})}
    try:
        out["payload"] = data.decode()
    except UnicodeDecodeError:
        out["payload_base64"] = base64.b64encode(data).decode()
    if reason:
        out["rejected"] = {"reason": reason, **({"deviceId": device} if device else {}), **({"sequence": numbers(sequence)} if sequence else {})}
    else:
        out["events"] = events(topic, data) if callable(events) else events
    return out


def numbers(sequence):
    return {"boot": sequence[0], "seq": sequence[1]}


def event(kind, topic, data, *, stamp="", at=None, source=None, id=None, identified=None, n=1, device=None, **more):
    """One expected event. `id`: hash | delivery | text; `n`: its place in the message."""
    at = (ms(stamp) if stamp else NOW) if at is None else at
    source = source or ("device" if stamp else "server")
    id = id or ("hash" if stamp else "delivery")
    text = {"hash": digest(topic, data), "delivery": DELIVERY}.get(id, id)
    counted = re.fullmatch(r".*:(\d+):(\d+)", id)
    if counted:
        more["sequence"] = numbers([int(n) for n in counted.groups()])
    return {
        "kind": kind, "deviceId": device or topic.split("/")[1], "timestampMs": at, "timeSource": source, "deviceTimestamp": stamp,
        "receivedAtMs": NOW, "messageId": text if n == 1 else f"{text}#{n}",
        "identified": id != "delivery" if identified is None else identified, **more,
    }


def scalar(quantity, value, **options):
    return lambda topic, data: [event("scalar", topic, data, **options, quantity=quantity, value=value)]


STAMP = "2025-10-24T12:00:00Z"
T, H, A = "sensor/dev-1/temperature", "sensor/dev-1/humidity", "sensor/dev-1/audio"
W, S, I = "window/dev-1/control", "window/dev-1/state", "sensor/dev-1/info"


def head(major, length):
    """Initial bytes of a CBOR item (RFC 8949, 3): the shortest form."""
    for bits, form, most in ((24, "B", 0xFF), (25, ">H", 0xFFFF), (26, ">I", 0xFFFFFFFF)):
        if length < 24:
            return bytes([major << 5 | length])
        if length <= most:
            return bytes([major << 5 | bits]) + struct.pack(form, length)
    raise ValueError(length)


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def cbor(value, double=True):
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value) if double else b"\xfa" + struct.pack(">f", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(item, double) for item in value)
    if isinstance(value, Tag):
        return head(6, value.number) + cbor(value.value, double)
    return head(5, len(value)) + b"".join(cbor(key, double) + cbor(item, double) for key, item in value.items())


def wav(rate=16000, samples=(0, 1000, -1000, 32767, -32768, 5, 6, 7), channels=1, cut=0):
    body = b"".join(struct.pack("<h", s) for s in samples)
    head = b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    whole = head + b"data" + struct.pack("<I", len(body)) + body
    return whole[: len(whole) - cut]


def b64(data):
    return base64.b64encode(data).decode()


def sound(data, format, rate, duration, **options):
    return lambda topic, payload: [event("waveform", topic, payload, **options, recording={
        "format": format, "sampleRateHz": rate, "durationS": duration, "sha256": hashlib.sha256(data).hexdigest(), "byteLength": len(data)})]


def command(position, confidence, temperature, humidity, groups, id, **more):
    def expected(topic, data):
        stamp = more.pop("stamp", STAMP)
        text = digest(topic, data) if id == "hash" else id
        inner = {"kind": "window", "deviceId": "dev-1", "commandId": text, "requestId": more.pop("requestId", ""), "timestampMs": ms(stamp),
                 "source": more.pop("source", "external"), "position": position, "confidence": confidence,
                 "featuresUsed": {"temperature": temperature, "humidity": humidity, "audioFeatures": groups}, **more}
        return [event("command-seen", topic, data, stamp=stamp, id=text, identified=True, command=inner)]
    return expected


scalars = [
    case("P-1 temperature as the specification writes it", T, '{"value": 25.5, "timestamp": "2025-10-24T12:00:00Z"}', scalar("temperature", 25.5, stamp=STAMP)),
    case("P-2 humidity", H, '{"value": 60.0, "timestamp": "2025-10-24T12:00:00Z"}', scalar("humidity", 60, stamp=STAMP)),
    case("P-4 an integer is the same value, unknown members are ignored", H, '{"value": 60, "unit": "%", "nested": {"a": [1]}, "timestamp": "2025-10-24T12:00:00Z"}', scalar("humidity", 60, stamp=STAMP)),
    case("P-7 any other quantity", "sensor/dev-1/co2", '{"value": 417, "timestamp": "2025-10-24T12:00:00Z"}', scalar("co2", 417, stamp=STAMP)),
    case("P-7 an unheard-of quantity, negative exponent", "sensor/aa:bb.c_d-9/soil_moisture2", '{"value": 4.5e-3, "timestamp": "2025-10-24T12:00:00Z"}', scalar("soil_moisture2", 0.0045, stamp=STAMP)),
    *[case(f"P-7 {name} is never a quantity", f"sensor/dev-1/{name}", '{"value": 1}', []) for name in ("info", "ack", "config", "time", "ota", "event")],
    case("P-7 more levels are another protocol", "sensor/dev-1/audio/f1/init/x", '{"value": 1}', []),
    case("P-7 a name that cannot be a quantity", "sensor/dev-1/pm2.5", '{"value": 1}', reason="unknown-topic", device="dev-1"),
    case("P-7 a name that every object inherits", "sensor/dev-1/constructor", '{"value": 1}', reason="unknown-topic", device="dev-1"),
    case("P-7 __proto__", "sensor/dev-1/__proto__", '{"value": 1}', reason="unknown-topic", device="dev-1"),
    case("P-6 the limits themselves are in range", T, '{"value": -100}', scalar("temperature", -100)),
]

identity = [
    case("P-5 boot and seq", T, '{"value": 1, "seq": 7, "boot": 3, "timestamp": "2025-10-24T12:00:00Z"}', scalar("temperature", 1, stamp=STAMP, id="dev-1:3:7", identified=True)),
    case("P-5 boot and seq without a time", T, '{"value": 1, "seq": 0, "boot": 4294967295}', scalar("temperature", 1, id="dev-1:4294967295:0", identified=True)),
    case("P-5 seq without boot identifies nothing", T, '{"value": 1, "seq": 7}', scalar("temperature", 1)),
    case("P-5 a seq beyond uint32 is not one", T, '{"value": 1, "seq": 4294967296, "boot": 1, "timestamp": "2025-10-24T12:00:00Z"}', scalar("temperature", 1, stamp=STAMP)),
    case("P-5 a seq as a string is not one", T, '{"value": 1, "seq": "7", "boot": 1}', scalar("temperature", 1)),
    case("P-5 neither time nor seq: every delivery is its own", T, '{"value": 1}', scalar("temperature", 1)),
    case("P-5 neither, but kept by the broker: the same one each time", T, '{"value": 1}', scalar("temperature", 1, id="hash"), retained=True),
    case("P-5 kept by the broker, by a clock that was never set", T, '{"value": 1, "timestamp": "1970-01-01T00:00:07Z"}', scalar("temperature", 1, stamp="1970-01-01T00:00:07Z", at=NOW, source="server", id="hash"), retained=True),
    case("P-5 a message that is set aside has its number too", T, '{"value": 900, "boot": 3, "seq": 8}', reason="out-of-range", device="dev-1", sequence=(3, 8)),
    case("P-5 also one whose time cannot be read", T, '{"value": 20, "boot": 3, "seq": 9, "timestamp": "noon"}', reason="bad-timestamp", device="dev-1", sequence=(3, 9)),
    case("P-5 half a number is none there either", T, '{"value": 900, "seq": 8}', reason="out-of-range", device="dev-1"),
    case("P-5a an empty timestamp is a missing one", T, '{"value": 1, "timestamp": ""}', scalar("temperature", 1)),
    case("P-5a null is a missing one", T, '{"value": 1, "timestamp": null}', scalar("temperature", 1)),
    case("P-5a before 2000: a clock that was never set, no identity", T, '{"value": 1, "timestamp": "1970-01-01T00:00:07Z"}', scalar("temperature", 1, stamp="1970-01-01T00:00:07Z", at=NOW, source="server", id="delivery")),
    case("P-5a the last millisecond of 1999", T, '{"value": 1, "timestamp": "1999-12-31T23:59:59.999Z"}', scalar("temperature", 1, stamp="1999-12-31T23:59:59.999Z", at=NOW, source="server", id="delivery")),
    case("P-5a the first of 2000", T, '{"value": 1, "timestamp": "2000-01-01T00:00:00Z"}', scalar("temperature", 1, stamp="2000-01-01T00:00:00Z")),
    case("P-5a before 2000 with boot and seq", T, '{"value": 1, "timestamp": "1970-01-01T00:00:07Z", "boot": 1, "seq": 2}', scalar("temperature", 1, stamp="1970-01-01T00:00:07Z", at=NOW, source="server", id="dev-1:1:2", identified=True)),
    case("P-5a exactly 5 minutes ahead", T, '{"value": 1, "timestamp": "2025-10-24T12:05:01.500Z"}', scalar("temperature", 1, stamp="2025-10-24T12:05:01.500Z")),
    case("P-5a more than 5 minutes ahead keeps its hash", T, '{"value": 1, "timestamp": "2025-10-24T12:05:01.501Z"}', scalar("temperature", 1, stamp="2025-10-24T12:05:01.501Z", at=NOW, source="server", id="hash")),
    case("P-5a late data keeps its own time", T, '{"value": 1, "timestamp": "2025-10-17T12:00:00+02:00"}', scalar("temperature", 1, stamp="2025-10-17T12:00:00+02:00")),
    case("P-5a microseconds are cut", T, '{"value": 1, "timestamp": "2025-10-24T11:59:59.363867Z"}', scalar("temperature", 1, stamp="2025-10-24T11:59:59.363867Z")),
]

poison = [
    case("P-6 not JSON", T, "25.5 C", reason="not-json", device="dev-1"),
    case("P-6 empty", T, "", reason="not-json", device="dev-1"),
    case("P-6 NaN is not JSON", T, '{"value": NaN}', reason="not-json", device="dev-1"),
    case("P-6 Infinity is not JSON", T, '{"value": -Infinity}', reason="not-json", device="dev-1"),
    case("P-6 not UTF-8", T, b'{"value": 1, "note": "\xff\xfe"}', reason="not-json", device="dev-1"),
    case("P-6 an overlong UTF-8 form", T, b'{"value": 1, "note": "\xc0\xaf"}', reason="not-json", device="dev-1"),
    case("P-6 nested too deep", T, '{"value": 1, "x": ' + "[" * 40 + "]" * 40 + "}", reason="not-json", device="dev-1"),
    case("P-6 a bare number", T, "25.5", reason="wrong-type", device="dev-1"),
    case("P-6 an array", T, "[25.5]", reason="wrong-type", device="dev-1"),
    case("P-6 null", T, "null", reason="wrong-type", device="dev-1"),
    case("P-6 no value", T, '{"timestamp": "2025-10-24T12:00:00Z"}', reason="wrong-type", device="dev-1"),
    case("P-6 a string", T, '{"value": "25.5"}', reason="wrong-type", device="dev-1"),
    case("P-6 a boolean", T, '{"value": true}', reason="wrong-type", device="dev-1"),
    case("P-6 null value", T, '{"value": null}', reason="wrong-type", device="dev-1"),
    case("P-6 too hot", T, '{"value": 200.1}', reason="out-of-range", device="dev-1"),
    case("P-6 too cold", T, '{"value": -100.5}', reason="out-of-range", device="dev-1"),
    case("P-6 too humid", H, '{"value": 100.01}', reason="out-of-range", device="dev-1"),
    case("P-6 overflow of a double", "sensor/dev-1/co2", '{"value": 1e999}', reason="out-of-range", device="dev-1"),
    *[case(f"P-6 timestamp {stamp}", T, {"value": 1, "timestamp": stamp}, reason="bad-timestamp", device="dev-1") for stamp in
      ("2025-02-30T00:00:00Z", "2025-10-24T12:00:00", "2025-10-24", "yesterday", "2025-10-24T24:00:00Z", "2025-13-01T00:00:00Z",
       "2025-10-24T12:00:60Z", "2025-10-24T12:00:00.Z", "2025-10-24T12:00:00+0200", "2025-10-24 12:00:00Z", 1761307200, False)],
    case("P-6 a device id with a space", "sensor/dev 1/temperature", '{"value": 1}', reason="bad-device-id"),
    case("P-6 an empty device id", "sensor//temperature", '{"value": 1}', reason="bad-device-id"),
    case("P-6 a device id of 65 characters", f"sensor/{'d' * 65}/temperature", '{"value": 1}', reason="bad-device-id"),
]

telemetry_topic = "devices/esp32c3-01/telemetry"


def telemetry(stamp, *members, **options):
    return lambda topic, data: [event(kind, topic, data, stamp=stamp, n=i + 1, **options, **more) for i, (kind, more) in enumerate(members)]


def reading(quantity, value):
    return "scalar", {"quantity": quantity, "value": value}


def bad(reason):
    return "rejected", {"reason": reason}


telemetries = [
    case("P-8 the platform's example", "devices/sensor-001/telemetry", '{"temperature": 23.5, "humidity": 45.2, "battery_level": 87, "timestamp": "2024-01-01T12:00:00Z"}',
         telemetry("2024-01-01T12:00:00Z", reading("temperature", 23.5), reading("humidity", 45.2), reading("battery_level", 87))),
    case("P-8 the thermostat's example; the topic's device wins", "devices/other/telemetry",
         '{"temperature":25.8,"timestamp":"2025-06-26T18:55:00Z","humidity":44.9,"target_temp":25,"device_id":"esp32c3-01","heating":"OFF"}',
         telemetry("2025-06-26T18:55:00Z", reading("temperature", 25.8), reading("humidity", 44.9), reading("target_temp", 25), reading("heating", 0))),
    case("P-8 a laptop's example", "devices/laptop/telemetry", '{"timestamp": "2025-06-26T18:55:00.363867Z", "cpu_usage": 0.0, "memory_usage": 6.6, "disk_usage": 0.3}',
         telemetry("2025-06-26T18:55:00.363867Z", reading("cpu_usage", 0), reading("memory_usage", 6.6), reading("disk_usage", 0.3))),
    case("P-8 one bad member is rejected alone and takes its number", telemetry_topic, '{"temperature": 900, "humidity": 45.2, "co2": "many", "aqi": 1e999, "pressure": 1013}',
         telemetry("", bad("out-of-range"), reading("humidity", 45.2), bad("wrong-type"), bad("out-of-range"), reading("pressure", 1013))),
    case("P-8 a message with nothing but its number", telemetry_topic, '{"boot": 2, "seq": 10}', telemetry("", ("device-info", {}), id="esp32c3-01:2:10", identified=True)),
    case("P-8 switches as strings and booleans", telemetry_topic, '{"heating": "on", "occupancy": true, "fan": "OFF", "pump": "False", "lamp": false}',
         telemetry("", reading("heating", 1), reading("occupancy", 1), reading("fan", 0), reading("pump", 0), reading("lamp", 0))),
    case("P-8 a temperature is not a switch", telemetry_topic, '{"temperature": "ON", "humidity": true}', telemetry("", bad("wrong-type"), bad("wrong-type"))),
    case("P-8 words, nulls and nested members are no quantities", telemetry_topic, '{"fw": "1.2.3", "mode": "eco", "note": null, "wifi": {"rssi": -60}, "list": [1], "status": 1, "time": 5}', []),
    case("P-8 a null temperature is a failed sensor", telemetry_topic, '{"temperature": null, "humidity": 40}', telemetry("", bad("wrong-type"), reading("humidity", 40))),
    case("P-8 numbers under names that cannot be quantities", telemetry_topic, '{"__proto__": 1, "constructor": 2, "a b": 3, "x": 4}',
         telemetry("", bad("wrong-type"), bad("wrong-type"), bad("wrong-type"), reading("x", 4))),
    case("P-8 boot and seq number each reading", telemetry_topic, '{"boot": 2, "seq": 9, "x": 1, "y": 2}', telemetry("", reading("x", 1), reading("y", 2), id="esp32c3-01:2:9", identified=True)),
    case("P-8 a bad time spoils the whole message", telemetry_topic, '{"temperature": 20, "timestamp": "soon"}', reason="bad-timestamp", device="esp32c3-01"),
    case("P-8 nothing in it", telemetry_topic, "{}", []),
]

PCM = struct.pack("<4h", 0, 100, -100, 7)
audio = [
    case("P-3 WAV", A, {"data": b64(wav()), "sample_rate": 16000, "duration": 0.0005, "timestamp": STAMP}, sound(wav(), "wav", 16000, 8 / 16000, stamp=STAMP)),
    case("P-3 boot and seq", A, {"data": b64(wav()), "sample_rate": 16000, "boot": 1, "seq": 5}, sound(wav(), "wav", 16000, 8 / 16000, id="dev-1:1:5", identified=True)),
    case("P-6a the header's rate wins", A, {"data": b64(wav(8000)), "sample_rate": 16000}, sound(wav(8000), "wav", 8000, 8 / 8000)),
    case("P-6a a WAV needs no sample_rate", A, {"data": b64(wav(22050))}, sound(wav(22050), "wav", 22050, 8 / 22050)),
    case("P-6a stereo counts frames", A, {"data": b64(wav(channels=2))}, sound(wav(channels=2), "wav", 16000, 4 / 16000)),
    case("P-6a cut in the middle of a sample: what is there", A, {"data": b64(wav(cut=3))}, sound(wav(cut=3), "wav", 16000, 6 / 16000)),
    case("P-6a raw PCM", A, {"data": b64(PCM), "sample_rate": 8000}, sound(PCM, "pcm_s16le", 8000, 4 / 8000)),
    case("P-6a half a sample at the end is not counted", A, {"data": b64(PCM + b"\1"), "sample_rate": 8000}, sound(PCM + b"\1", "pcm_s16le", 8000, 4 / 8000)),
    case("P-3 base64 without padding", A, {"data": b64(PCM + b"\1\2").rstrip("="), "sample_rate": 1}, sound(PCM + b"\1\2", "pcm_s16le", 1, 5.0)),
    case("P-3 base64 in lines", A, {"data": "\n".join(b64(wav())[i:i + 16] for i in range(0, len(b64(wav())), 16)) + "\n"}, sound(wav(), "wav", 16000, 8 / 16000)),
    case("P-6 not base64", A, {"data": "UklGRg*=", "sample_rate": 16000}, reason="bad-recording", device="dev-1"),
    case("P-6 one base64 character", A, {"data": "A", "sample_rate": 16000}, reason="bad-recording", device="dev-1"),
    case("P-6 padding in the middle", A, {"data": "QQ==QQ==", "sample_rate": 16000}, reason="bad-recording", device="dev-1"),
    case("P-6 no sound", A, {"data": "", "sample_rate": 16000}, reason="bad-recording", device="dev-1"),
    case("P-6 a WAV without a sample", A, {"data": b64(wav(samples=()))}, reason="bad-recording", device="dev-1"),
    case("P-6 RIFF and nothing more", A, {"data": b64(b"RIFF")}, reason="bad-recording", device="dev-1"),
    case("P-6 a WAV cut in its header", A, {"data": b64(wav()[:30])}, reason="bad-recording", device="dev-1"),
    case("P-6 data is a number", A, {"data": 5}, reason="wrong-type", device="dev-1"),
    case("P-6 no data", A, {"sample_rate": 16000}, reason="wrong-type", device="dev-1"),
    case("P-6 PCM without a rate", A, {"data": b64(PCM)}, reason="wrong-type", device="dev-1"),
    case("P-6 PCM at rate 0", A, {"data": b64(PCM), "sample_rate": 0}, reason="out-of-range", device="dev-1"),
    case("P-6 PCM at a broken rate", A, {"data": b64(PCM), "sample_rate": 8000.5}, reason="out-of-range", device="dev-1"),
]

windows = [
    case("P-21 as the specification writes it", W, '{"device_id": "sensor-001", "timestamp": "2025-10-24T12:00:00Z", "position": 75.5, "confidence": 0.92, "features_used": {"temperature": 25.5, "humidity": 60.0, "audio_features": ["mfcc_mean", "spectral_centroid", "rms"]}}',
         command(75.5, 0.92, 25.5, 60, ["mfcc_mean", "spectral_centroid", "rms"], "hash")),
    case("P-23 our own", W, '{"device_id":"dev-1","timestamp":"2025-10-24T12:00:00Z","position":0,"confidence":1,"features_used":{"temperature":20,"humidity":50,"audio_features":[]},"command_id":"c-1","request_id":"r-1","model_version":"v1.0.0","inference_time_ms":0.25,"audio_hash":"ab","expires_at":"2025-10-24T12:05:00Z","source":"model"}',
         command(0, 1, 20, 50, [], "c-1", requestId="r-1", source="model", expiresAtMs=ms("2025-10-24T12:05:00Z"), modelVersion="v1.0.0", inferenceMs=0.25, audioSha256="ab")),
    case("P-21 no confidence, no features", W, '{"timestamp":"2025-10-24T12:00:00Z","position":100,"source":"cosmic"}', command(100, "NaN", "NaN", "NaN", [], "hash")),
    case("P-21 a bad reason does not hide what was done", W, '{"timestamp":"2025-10-24T12:00:00Z","position":1,"confidence":null,"features_used":{"temperature":"20","humidity":1e999,"audio_features":[1,"rms"]}}', command(1, "NaN", "NaN", "NaN", ["rms"], "hash")),
    case("P-6 position beyond open", W, '{"position": 100.5}', reason="out-of-range", device="dev-1"),
    case("P-6 position below closed", W, '{"position": -1}', reason="out-of-range", device="dev-1"),
    case("P-6 no position", W, '{"confidence": 0.5}', reason="wrong-type", device="dev-1"),
    case("P-6 confidence above 1", W, '{"position": 5, "confidence": 92}', reason="out-of-range", device="dev-1"),
    case("P-6 an expiry that cannot be read", W, '{"position": 5, "expires_at": "soon"}', reason="bad-timestamp", device="dev-1"),
    case("P-31 what the device still holds", I, '{"v": 1, "fw": "1.2.0", "board": "esp32c3", "boot": 7, "first_seq": 0, "caps": ["audio"]}', lambda t, d: [event("device-info", t, d, holdsFrom=numbers((7, 0)))], retained=True),
    case("P-31 without a boot it holds nothing", I, '{"v": 1, "first_seq": 12}', []),
    case("P-31 a first_seq beyond uint32", I, '{"boot": 7, "first_seq": 4294967296}', []),
    case("P-31 a first_seq as a string", I, '{"boot": 7, "first_seq": "12"}', []),
    case("P-31 not JSON", I, '{"boot": 7, "first_seq"', []),
    case("P-31 not UTF-8", I, b"\xff\xfe", []),
    case("P-31 cleared", I, "", []),
    case("P-31 of nobody", "sensor/a b/info", '{"boot": 7, "first_seq": 1}', []),
    case("P-33 what the window reports: by its command it is known", S, '{"position": 40, "target": 75.5, "command_id": "c-1", "result": "moving"}', lambda t, d: [event("window-state", t, d, id="hash", position=40, target=75.5, commandId="c-1", result="moving")]),
    case("P-33 without command and time", S, '{"position": 40, "result": "done"}', lambda t, d: [event("window-state", t, d, position=40, target="NaN", commandId="", result="done")]),
    case("P-33 the same, kept by the broker", S, '{"position": 40, "result": "done"}', lambda t, d: [event("window-state", t, d, id="hash", position=40, target="NaN", commandId="", result="done")], retained=True),
    case("P-33 with time, without target and command", S, '{"position": 0, "result": "done", "timestamp": "2025-10-24T12:00:00Z"}', lambda t, d: [event("window-state", t, d, stamp=STAMP, position=0, target="NaN", commandId="", result="done")]),
    case("P-33 cleared", S, "", []),
    case("P-6 a result that is none", S, '{"position": 0, "result": "stuck"}', reason="wrong-type", device="dev-1"),
    case("P-6 a window at 101", S, '{"position": 101, "result": "done"}', reason="out-of-range", device="dev-1"),
    case("P-30 online", "sensor/dev-1/status", "online", lambda t, d: [event("device-status", t, d, online=True)]),
    case("P-30 offline", "sensor/dev-1/status", "offline", lambda t, d: [event("device-status", t, d, online=False)]),
    case("P-30 cleared", "sensor/dev-1/status", "", []),
    case("P-6 a status that is none", "sensor/dev-1/status", "asleep", reason="wrong-type", device="dev-1"),
    case("P-20 without its numbers", "ml/inference/request/dev-1", "{}", reason="wrong-type", device="dev-1"),
    case("a topic of no pattern", "homeassistant/x", "{}", []),
]

TC, AC = T + "/cbor", A + "/cbor"
SECONDS = ms(STAMP) // 1000
PIECES = b"\x5f" + cbor(wav()[:40]) + cbor(wav()[40:]) + b"\xff"
cbors = [
    case("P-10 temperature", TC, cbor({"value": 25.5, "timestamp": STAMP}), scalar("temperature", 25.5, stamp=STAMP)),
    case("P-10 any other quantity, an integer", "sensor/dev-1/co2/cbor", cbor({"value": 417, "timestamp": STAMP}), scalar("co2", 417, stamp=STAMP)),
    case("P-10 a negative integer", TC, cbor({"value": -40, "boot": 3, "seq": 7}), scalar("temperature", -40, id="dev-1:3:7", identified=True)),
    case("P-10 a float of four bytes", TC, cbor({"value": 25.25, "timestamp": STAMP}, double=False), scalar("temperature", 25.25, stamp=STAMP)),
    case("P-10 a float of two bytes", TC, b"\xa2" + cbor("value") + b"\xf9\x4e\x60" + cbor("timestamp") + cbor(STAMP), scalar("temperature", 25.5, stamp=STAMP)),
    case("P-10 a tagged text is a time", TC, cbor({"value": 1, "timestamp": Tag(0, STAMP)}), scalar("temperature", 1, stamp=STAMP)),
    case("P-10 seconds since 1970", TC, cbor({"value": 1, "timestamp": Tag(1, SECONDS)}), scalar("temperature", 1, stamp="2025-10-24T12:00:00.000Z")),
    case("P-10 seconds with a fraction", TC, cbor({"value": 1, "timestamp": Tag(1, SECONDS + 0.25)}), scalar("temperature", 1, stamp="2025-10-24T12:00:00.250Z")),
    case("P-10 no time: every delivery is its own", TC, cbor({"value": 1}), scalar("temperature", 1)),
    case("P-10 null and undefined are missing", TC, b"\xa3" + cbor("value") + cbor(1) + cbor("timestamp") + cbor(None) + cbor("x") + b"\xf7", scalar("temperature", 1)),
    case("P-10 unknown members, also __proto__, are ignored", TC, cbor({"value": 1, "__proto__": {"value": 2}, "constructor": [1], "timestamp": STAMP}), scalar("temperature", 1, stamp=STAMP)),
    case("P-10 a map of unknown length", TC, b"\xbf" + cbor("value") + cbor(1) + cbor("timestamp") + cbor(STAMP) + b"\xff", scalar("temperature", 1, stamp=STAMP)),
    case("P-10 a text in pieces", TC, b"\xa2" + cbor("value") + cbor(1) + cbor("timestamp") + b"\x7f" + cbor(STAMP[:5]) + cbor(STAMP[5:]) + b"\xff", scalar("temperature", 1, stamp=STAMP)),
    case("P-10 audio: a byte string", AC, cbor({"data": wav(), "sample_rate": 16000, "duration": 0.0005, "timestamp": STAMP}), sound(wav(), "wav", 16000, 0.0005, stamp=STAMP)),
    case("P-10 audio: raw samples", AC, cbor({"data": wav()[44:], "sample_rate": 8000, "boot": 1, "seq": 5}), sound(wav()[44:], "pcm_s16le", 8000, 0.001, id="dev-1:1:5", identified=True)),
    case("P-10 audio: a byte string in pieces", AC, b"\xa2" + cbor("data") + PIECES + cbor("timestamp") + cbor(STAMP), sound(wav(), "wav", 16000, 0.0005, stamp=STAMP)),
    case("P-10 audio: base64, as in JSON", AC, cbor({"data": b64(wav()), "timestamp": STAMP}), sound(wav(), "wav", 16000, 0.0005, stamp=STAMP)),
    case("P-7 reserved in CBOR too", "sensor/dev-1/config/cbor", cbor({"value": 1}), []),
    case("P-10 NaN", TC, cbor({"value": float("nan")}), reason="out-of-range", device="dev-1"),
    case("P-10 Infinity", TC, cbor({"value": float("inf"), "boot": 3, "seq": 8}), reason="out-of-range", device="dev-1", sequence=(3, 8)),
    case("P-10 out of range", TC, cbor({"value": 900}), reason="out-of-range", device="dev-1"),
    case("P-10 a text is no number", TC, cbor({"value": "25.5"}), reason="wrong-type", device="dev-1"),
    case("P-10 a number without its tag is no time", TC, cbor({"value": 1, "timestamp": SECONDS}), reason="bad-timestamp", device="dev-1"),
    case("P-10 a tagged time that is none", TC, cbor({"value": 1, "timestamp": Tag(0, "noon")}), reason="bad-timestamp", device="dev-1"),
    case("P-10 seconds beyond all years", TC, cbor({"value": 1, "timestamp": Tag(1, 1e300)}), reason="bad-timestamp", device="dev-1"),
    case("P-10 JSON", TC, '{"value": 1}', reason="not-cbor", device="dev-1"),
    case("P-10 empty", TC, b"", reason="not-cbor", device="dev-1"),
    case("P-10 cut short", TC, cbor({"value": 25.5, "timestamp": STAMP})[:-1], reason="not-cbor", device="dev-1"),
    case("P-10 bytes behind it", TC, cbor({"value": 1}) + b"\x00", reason="not-cbor", device="dev-1"),
    case("P-10 no map", TC, cbor([1, 2]), reason="wrong-type", device="dev-1"),
    case("P-10 a key twice", TC, b"\xa2" + 2 * (cbor("value") + cbor(1)), reason="not-cbor", device="dev-1"),
    case("P-10 a key that is no text", TC, cbor({"value": 1, 7: 1}), reason="not-cbor", device="dev-1"),
    case("P-10 an unknown tag", TC, cbor({"value": Tag(30, [1, 2])}), reason="not-cbor", device="dev-1"),
    case("P-10 a whole number beyond 2^53", TC, b"\xa1" + cbor("value") + b"\x1b" + b"\xff" * 8, reason="not-cbor", device="dev-1"),
    case("P-10 nested too deep", TC, b"\xa1" + cbor("value") + b"\x81" * 40 + b"\x00", reason="not-cbor", device="dev-1"),
    case("P-10 a length beyond all bytes", AC, b"\xa1" + cbor("data") + b"\x5a\xff\xff\xff\xff", reason="not-cbor", device="dev-1"),
    case("P-10 pieces without an end", AC, b"\xa1" + cbor("data") + b"\x5f" + cbor(wav()), reason="not-cbor", device="dev-1"),
    case("P-10 pieces of another type", AC, b"\xa1" + cbor("data") + b"\x5f" + cbor("a") + b"\xff", reason="not-cbor", device="dev-1"),
]


def part(topic, data, what, **more):
    stamped = {**more} if what["type"] == "init" else {}
    return [{**event("recording-part", topic, data, **{"id": "delivery", **stamped}), "file": "rec-1", "part": what}]


def named(sequence=None):
    """The init of a recording: its number is the whole recording's, not this part's."""
    def expected(topic, data):
        body = json.loads(data) if data else {}
        id = f"dev-1:{sequence[0]}:{sequence[1]}" if sequence else digest(topic, data)
        what = {"type": "init", **({"sequence": numbers(sequence)} if sequence else {})}
        [one] = part(topic, data, what, stamp=body.get("timestamp", ""), id="hash", identified=True)
        return [{**one, "messageId": id}]
    return expected


P, SHA = A + "/rec-1", hashlib.sha256(wav()).hexdigest()
parts = [
    case("P-9 init", f"{P}/init", {"sample_rate": 16000, "duration": 2.0, "timestamp": STAMP, "seq": 5, "boot": 1}, named((1, 5))),
    case("P-9 init without a number", f"{P}/init", {"sample_rate": 16000, "timestamp": STAMP}, named()),
    case("P-9 init that says nothing", f"{P}/init", "{}", named()),
    case("P-9 init without a payload", f"{P}/init", b"", named()),
    case("P-9 bytes", f"{P}/0", wav()[:30], lambda t, d: part(t, d, {"type": "bytes", "offset": 0})),
    case("P-9 bytes further on", f"{P}/030", wav()[30:], lambda t, d: part(t, d, {"type": "bytes", "offset": 30})),
    case("P-9 fin", f"{P}/fin/60/{SHA.upper()}", b"", lambda t, d: part(t, d, {"type": "end", "size": 60, "sha256": SHA})),
    case("P-9 init that is no JSON", f"{P}/init", "soon", reason="not-json", device="dev-1"),
    case("P-9 init with a time that is none", f"{P}/init", {"timestamp": "noon", "boot": 1, "seq": 6}, reason="bad-timestamp", device="dev-1", sequence=(1, 6)),
    case("P-9 no bytes", f"{P}/0", b"", reason="bad-recording", device="dev-1"),
    case("P-9 bytes beyond 2 MiB", f"{P}/2097152", b"x", reason="too-large", device="dev-1"),
    case("P-9 a file beyond 2 MiB", f"{P}/fin/2097153/{SHA}", b"", reason="too-large", device="dev-1"),
    case("P-9 a part that is none", f"{P}/begin", b"", reason="unknown-topic", device="dev-1"),
    case("P-9 a digest that is none", f"{P}/fin/60/abc", b"", reason="unknown-topic", device="dev-1"),
    case("P-9 a file name with a space", f"{A}/a b/init", b"", reason="unknown-topic", device="dev-1"),
]

for name, cases in {"cbor": cbors, "recording-parts": parts, "scalar": scalars, "identity": identity, "poison": poison, "telemetry": telemetries, "audio": audio, "window-status": windows}.items():
    with open(f"{name}.json", "w") as file:
        json.dump({"generator": "generate.py, Python 3.11", "date": "2026-11-20", "receivedAt": RECEIVED, "deliveryId": DELIVERY, "cases": cases}, file, indent=1, ensure_ascii=True)
        file.write("\n")
