"""Writes the golden vectors of the firmware (*.json beside this file): what goes in, and what must come out.

Times, hashes, base64 and WAV bytes come from Python's datetime, hashlib, base64 and struct, decimals from decimal; decisions and reasons are
written by hand from the protocol (docs/firmware.md). None of the code under test is asked. The signatures were made by openssl with a key
that was thrown away: `openssl dgst -sha256 -sign`.

Run it by `npm run generate`, which also writes vectors_generated.h from the JSON; `python3 generate.py --check` says what is not up to date.
"""
import base64, hashlib, json, os, struct, sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal

FOLDER = os.path.dirname(os.path.abspath(__file__))
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UINT32 = 2**32 - 1
written = {}


def ms(text):
    """Of a text that datetime can read; a fraction is cut to milliseconds."""
    since = datetime.fromisoformat(text.upper().replace("Z", "+00:00")) - EPOCH
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


def iso(epoch_ms):
    moment = EPOCH + timedelta(milliseconds=epoch_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (moment.microsecond // 1000)


def payload_of(data):
    """A payload as the vectors write it: text where it is UTF-8, else base64."""
    data = data if isinstance(data, bytes) else data.encode()
    try:
        return {"payload": data.decode()}
    except UnicodeDecodeError:
        return {"payload_base64": base64.b64encode(data).decode()}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def write(name, cases):
    written[name] = json.dumps({"cases": cases}, indent=1, ensure_ascii=True) + "\n"


# Times: RFC 3339 -> ms. `canonical`: written back as this very text.
def time(text, epoch_ms=None, canonical=False):
    return {"text": text, "epochMs": ms(text) if epoch_ms is None else epoch_ms, "canonical": canonical}


def no_time(text):
    return {"text": text, "epochMs": None, "canonical": False}


canonical = [0, 1, 999, 1000, 951782399999, 951782400000, 946684800000, 946684799999, 1761307200250, 1709164800000, 1709251199999,
             4102444799999, 4107542399999, 4107542400000, 253402300799999, 2147483647000, 2147483648000, 4294967296000, 1735689599999]
write("times", [
    *[time(iso(at), at, True) for at in canonical],
    time("2025-10-24T12:00:00Z"), time("2025-10-24t12:00:00z"), time("2025-10-24T12:00:00.5Z"), time("2025-10-24T12:00:00.25Z"),
    time("2025-10-24T12:00:00.2509999Z", ms("2025-10-24T12:00:00.250Z")), time("2025-10-24T12:00:00.123456789123Z", ms("2025-10-24T12:00:00.123Z")),
    time("2025-10-24T14:00:00+02:00"), time("2025-10-24T00:30:00-05:30"), time("2024-02-29T23:59:59.999-00:00"), time("2025-12-31T23:30:00-01:00"),
    time("1969-12-31T23:59:59.999Z"), time("2016-12-31T23:59:60Z", ms("2017-01-01T00:00:00Z")), time("2016-12-31T18:59:60.5-05:00", ms("2017-01-01T00:00:00.500Z")),
    *[no_time(text) for text in (
        "", "2025-10-24", "2025-10-24T12:00:00", "2025-10-24 12:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-02-30T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-04-31T00:00:00Z", "2025-10-24T24:00:00Z", "2025-10-24T12:60:00Z", "2025-10-24T12:00:60Z",
        "2025-10-24T12:00:61Z", "2025-10-24T12:00:00.Z", "2025-10-24T12:00:00+0200", "2025-10-24T12:00:00+24:00", "2025-10-24T12:00:00+02:60",
        "2025-10-24T12:00:00Z ", " 2025-10-24T12:00:00Z", "2025-10-24T12:00:00ZZ", "2025-10-24T12:00:00,5Z", "2025/10/24T12:00:00Z", "25-10-24T12:00:00Z",
        "+025-10-24T12:00:00Z", "2025-1a-24T12:00:00Z", "1761307200000", "2025-10-24T12:00:00." + "0" * 60 + "Z")],
])


# Numbers: value in units of 10^-decimals -> text.
def number(value, decimals):
    return {"value": value, "decimals": decimals, "text": format(Decimal(value).scaleb(-decimals), "f")}


write("numbers", [number(*one) for one in [
    (0, 0), (0, 2), (1, 0), (-1, 0), (2550, 2), (2550, 1), (5, 2), (-5, 2), (-50, 2), (100, 2), (-100, 2), (1, 3), (999, 3), (1000, 3), (-12345, 3), (10000, 2),
    (2**31 - 1, 0), (-2**31, 0), (2**31 - 1, 2), (-2**31, 2), (2**31 - 1, 9), (-2**31, 9)]])


# Decimals of JSON -> thousandths; only what rounding and cutting agree about.
def decimal(text):
    return {"text": text, "thousandths": int(Decimal(text) * 1000)}


write("decimals", [
    *[decimal(text) for text in ("0", "-0", "0.0", "75.5", "75.500", "100", "100.0", "-40.125", "25.500000", "7.55e1", "7.55E+1", "755e-1", "1e-7", "0.001", "-0.001",
                                 "2147483.647", "-2147483.647", "2.147483647e6", "0.0000000000000000000001", "1E2", "0e5", "0e999999999999")],
    *[{"text": text, "thousandths": None} for text in ("", "-", "+1", ".5", "1.", "1.e2", "01", "-01", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1 ", " 1", "1,5",
                                                       "2147483.648", "-2147483.649", "1e999", "1e999999999999", "99999999999999999999", "--1", "1-1", "1.2.3")],
])


# Readings -> exact payload.
def scalar(name, value, decimals, at, seq, boot):
    text = '{"value":' + number(value, decimals)["text"]
    if at is not None:
        text += ',"timestamp":' + compact(iso(at))
    return {"name": name, "value": value, "decimals": decimals, "epochMs": at, "seq": seq, "boot": boot, "payload": text + ',"seq":%d,"boot":%d}' % (seq, boot)}


NOW = ms("2025-10-24T12:00:00.250Z")
write("scalars", [
    scalar("as the protocol writes it", 2550, 2, NOW, 17, 2864434397),
    scalar("without a known time", 2550, 2, None, 17, 2864434397),
    scalar("below zero, above minus one", -5, 2, NOW, 0, 0),
    scalar("no decimals", 612, 0, NOW, UINT32, UINT32),
    scalar("one decimal of a DHT22", 601, 1, NOW, 4294967295, 1),
    scalar("coldest", -10000, 2, ms("2000-01-01T00:00:00.000Z"), 2147483648, 2147483647),
    scalar("the end of a leap day", 20000, 2, ms("2028-02-29T23:59:59.999Z"), 1, 2),
    scalar("zero", 0, 2, ms("2025-01-01T00:00:00.000Z"), 1, 2),
])


# Recordings -> exact payload.
def wav(samples, rate):
    body = struct.pack("<%dh" % len(samples), *samples)
    return b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16) + b"data" + struct.pack("<I", len(body)) + body


def pattern(count):
    return [struct.unpack("<h", struct.pack("<H", i * 40503 % 65536))[0] for i in range(count)]


def audio(name, samples, rate, at, seq, boot):
    """`samples`: a list, or how many of the pattern. The duration is cut to milliseconds."""
    counted = isinstance(samples, int)
    data = pattern(samples) if counted else samples
    text = '{"data":"' + base64.b64encode(wav(data, rate)).decode() + '","sample_rate":%d,"duration":%s' % (rate, number(len(data) * 1000 // rate, 3)["text"])
    if at is not None:
        text += ',"timestamp":' + compact(iso(at))
    text += ',"seq":%d,"boot":%d}' % (seq, boot)
    return {"name": name, "samples": None if counted else samples, "sampleCount": len(data), "sampleRateHz": rate, "epochMs": at, "seq": seq, "boot": boot,
            "payload": text if len(text) < 1000 else None, "payloadLength": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}


write("audios", [
    audio("one sample, base64 without padding: 46 bytes leave one =", [0], 16000, NOW, 0, 7),
    audio("two samples", [0, 1000], 16000, NOW, 1, 7),
    audio("three samples", [-1, 32767, -32768], 8000, NOW, 2, 7),
    audio("four samples, without a known time", [0, 100, -100, 7], 44100, None, UINT32, UINT32),
    audio("0.3 s of 11,025 Hz: a duration that is cut", 3308, 11025, NOW, 3, 7),
    audio("2 s of 16,000 Hz", 32000, 16000, NOW, 4, 7),
    audio("10 s of 16,000 Hz", 160000, 16000, ms("2025-10-24T12:00:10.000Z"), 5, 7),
])

# Commands for the window -> what is done.
NOW = ms("2025-10-24T12:00:30.000Z")
STAMP = "2025-10-24T12:00:00Z"


def control(name, data, outcome, position=None, id="", stamp=STAMP, expires=None, retained=False, now=NOW, last=None, last_id=""):
    return {"name": name, **payload_of(data), "retained": retained, "nowMs": now, "lastMs": None if last is None else ms(last), "lastId": last_id, "outcome": outcome,
            "centipercent": position, "commandId": id, "timestampMs": ms(stamp) if stamp and position is not None else None, "expiresAtMs": ms(expires) if expires else None}


def order(**members):
    return compact({"device_id": "dev-1", "timestamp": STAMP, "position": 75.5, **members})


SPEC = '{"device_id": "dev-1", "timestamp": "2025-10-24T12:00:00Z", "position": 75.5, "confidence": 0.92, "features_used": {"temperature": 25.5, "humidity": 60.0, "audio_features": ["mfcc_mean", "spectral_centroid", "rms"]}}'
OWN = '{"device_id":"dev-1","timestamp":"2025-10-24T12:00:00.000Z","position":40,"confidence":1,"features_used":{"temperature":20,"humidity":50,"audio_features":[]},"command_id":"c-1","request_id":"r-1","model_version":"v1.0.0","inference_time_ms":0.25,"audio_hash":"ab","expires_at":"2025-10-24T12:05:00.000Z","source":"model"}'
LATER = "2025-10-24T12:05:00Z"
write("controls", [
    control("P-21 as the specification writes it", SPEC, "obeyed", 7550),
    control("P-23 our own", OWN, "obeyed", 4000, "c-1", expires=LATER),
    control("white space and another order of members", '\n{ "position" :\t1e2 ,\r\n"timestamp":"2025-10-24T12:00:00Z" }\n', "obeyed", 10000),
    control("closed", order(position=0, command_id="c-2"), "obeyed", 0, "c-2"),
    control("an offset", order(timestamp="2025-10-24T14:00:00+02:00", command_id="c-3"), "obeyed", 7550, "c-3"),
    control("an escaped command id", '{"timestamp":"2025-10-24T12:00:00Z","position":1,"command_id":"a\\u0041\\"\\/\\\\"}', "obeyed", 100, 'aA"/\\'),
    control("without a time: that of receipt", '{"position": 12.25}', "obeyed", 1225, stamp=None),
    control("expires_at null and empty are none", order(expires_at=None, position=3), "obeyed", 300),
    control("members that are not known, nested deep", order(x={"a": [{"b": [1, 2, {"c": None}]}]}, y=[], command_id="c-4"), "obeyed", 7550, "c-4"),
    control("P-24 retained", OWN, "ignored", retained=True),
    control("P-24 expired", order(command_id="c-5", expires_at="2025-10-24T12:00:29.999Z"), "expired", 7550, "c-5", expires="2025-10-24T12:00:29.999Z"),
    control("P-24 expires now", order(command_id="c-5", expires_at="2025-10-24T12:00:30Z"), "expired", 7550, "c-5", expires="2025-10-24T12:00:30Z"),
    control("P-24 expires in a millisecond", order(command_id="c-5", expires_at="2025-10-24T12:00:30.001Z"), "obeyed", 7550, "c-5", expires="2025-10-24T12:00:30.001Z"),
    control("P-24 older than the last", order(command_id="c-6"), "rejected", 7550, "c-6", last="2025-10-24T12:00:00.001Z", last_id="c-5"),
    control("P-24 as old as the last", order(command_id="c-6"), "obeyed", 7550, "c-6", last=STAMP, last_id="c-5"),
    control("the same command again", order(command_id="c-6"), "confirmed", 7550, "c-6", last=STAMP, last_id="c-6"),
    control("the same command again, expired by now", order(command_id="c-6", expires_at="2025-10-24T12:00:10Z"), "confirmed", 7550, "c-6", expires="2025-10-24T12:00:10Z", last=STAMP, last_id="c-6"),
    *[control(name, data, "rejected") for name, data in (
        ("beyond open", order(position=100.01)), ("below closed", order(position=-0.01)), ("far beyond open", order(position=1e300)), ("no position", '{"timestamp":"2025-10-24T12:00:00Z"}'),
        ("a position as text", order(position="75.5")), ("a position of null", order(position=None)), ("a position of true", order(position=True)), ("an expiry that cannot be read", order(expires_at="soon")),
        ("an expiry as a number", order(expires_at=1761307200000)), ("a time that cannot be read", order(timestamp="yesterday")), ("a time as a number", order(timestamp=5)),
        ("nothing", ""), ("a number", "75.5"), ("an array", "[75.5]"), ("null", "null"), ("NaN", '{"position":NaN}'), ("cut", SPEC[:-1]), ("cut in a text", SPEC[:30]), ("cut in a number", '{"position":75.'),
        ("something behind it", SPEC + "x"), ("a comma too many", '{"position":5,}'), ("no colon", '{"position" 5}'), ("single quotes", "{'position':5}"), ("a bare control character", '{"position":5,"x":"\x01"}'),
        ("not UTF-8", b'{"position":5,"x":"\xff\xfe"}'), ("an overlong UTF-8 form", b'{"position":5,"x":"\xc0\xaf"}'), ("half of an escape", '{"position":5,"x":"\\u00"}'), ("a zero byte", b'{"position":5}\0'),
        ("nested too deep", '{"position":5,"x":' + "[" * 40 + "]" * 40 + "}"), ("a leading zero", '{"position":05}'), ("a brace too many", '{"position":5}}'))],
])

# Configurations -> applied, or why not.
IN_FORCE = {"version": 2, "interval_s": 30, "audio_interval_s": 600, "recording_s": 2, "failsafe_position": 0, "failsafe_after_s": 600, "slew_percent_per_s": 5, "switch_on_above": 28.5, "switch_off_below": 27.5}


def config(name, data, changes=None, reason="", before=IN_FORCE, unknown=()):
    after = before if changes is None else {**before, **changes}
    return {"name": name, **payload_of(data), "before": before, "applied": changes is not None, "reason": reason, "after": after, "unknown": list(unknown)}


def take(name, **changes):
    return config(name, compact(changes), changes)


def refuse(name, reason, **changes):
    return config(name, compact({"version": 3, **changes}), reason=reason)


BOUNDS = {"interval_s": (1, 86400), "audio_interval_s": (0, 86400), "recording_s": (1, 40), "failsafe_position": (0, 100), "failsafe_after_s": (0, 86400), "slew_percent_per_s": (0.1, 100)}
WHOLE = ("interval_s", "audio_interval_s", "recording_s", "failsafe_after_s")
write("configs", [
    config("as the protocol writes it", '{"version": 3, "interval_s": 30, "audio_interval_s": 600, "recording_s": 2, "failsafe_position": 0, "failsafe_after_s": 600, "slew_percent_per_s": 5, "switch_on_above": 28.5, "switch_off_below": 27.5}', {"version": 3}),
    config("the first of all", compact({"version": 1}), {"version": 1}, before={k: v for k, v in IN_FORCE.items() if k != "version"}),
    take("one member, the others stay", version=3, interval_s=60),
    take("the newest version there is", version=UINT32, audio_interval_s=0),
    take("every member at once", version=9, interval_s=10, audio_interval_s=20, recording_s=3, failsafe_position=12.5, failsafe_after_s=40, slew_percent_per_s=2.5, switch_on_above=30.25, switch_off_below=-5.125),
    config("members that are not known are named", '{"version":3,"interval_s":45,"colour":"red","deep":{"x":[1]}}', {"version": 3, "interval_s": 45}, unknown=("colour", "deep")),
    config("numbers in other spellings", '{"version":3e0,"interval_s":45.0,"failsafe_position":1.25e1}', {"version": 3, "interval_s": 45, "failsafe_position": 12.5}),
    refuse("the same version", "not newer", version=2, interval_s=60),
    refuse("an older version", "not newer", version=1, interval_s=60),
    *[refuse(f"version {version}", "version out of range 1..4294967295", version=version) for version in (0, -1, 1.5, UINT32 + 1, "3", None, True)],
    config("no version", '{"interval_s":60}', reason="version out of range 1..4294967295"),
    *[take(f"{name} at its end {end}", version=3, **{name: end}) for name, ends in BOUNDS.items() for end in ends],
    take("the switch at both ends", version=3, switch_on_above=200, switch_off_below=-100),
    take("the switch without a gap", version=3, switch_on_above=20, switch_off_below=20),
    *[refuse(f"{name} is {value}", f"{name} out of range {low}..{high}", **{name: value}) for name, (low, high) in BOUNDS.items() for value in (low - (1 if low == int(low) else 0.05), high + 1, "5", None)],
    *[refuse(f"{name} in parts", f"{name} out of range {BOUNDS[name][0]}..{BOUNDS[name][1]}", **{name: 2.5}) for name in WHOLE],
    refuse("a switch that is too hot", "switch_on_above out of range -100..200", switch_on_above=200.5),
    refuse("a switch that is too cold", "switch_off_below out of range -100..200", switch_off_below=-100.5),
    refuse("a switch that would never be still", "switch_off_below above switch_on_above", switch_off_below=29),
    refuse("one that is wrong spoils the rest", "recording_s out of range 1..40", interval_s=60, recording_s=41),
    *[config(f"not JSON: {name}", data, reason="not JSON") for name, data in (("nothing", ""), ("a word", "soon"), ("an array", "[3]"), ("cut", '{"version":3,"interval_s":6'), ("not UTF-8", b'{"version":3,"x":"\xff"}'))],
])

# Commands to the device.
def device_command(name, data, outcome, command="", rate=0, id=""):
    return {"name": name, **payload_of(data), "nowMs": NOW, "outcome": outcome, "command": command, "rateSeconds": rate, "commandId": id}


def rate(value):
    return compact({"command": "set_sampling_rate", "parameters": {"rate_seconds": value}})


write("commands", [
    device_command("P-35 as the protocol writes it", '{"command": "set_sampling_rate", "parameters": {"rate_seconds": 60}}', "accepted", "set_sampling_rate", 60),
    device_command("the parameters first", '{"parameters":{"rate_seconds":1},"command":"set_sampling_rate"}', "accepted", "set_sampling_rate", 1),
    device_command("the slowest", rate(86400), "accepted", "set_sampling_rate", 86400),
    *[device_command(name, compact({"command": name}), "accepted", name) for name in ("record_now", "restart", "report", "identify")],
    device_command("with empty parameters", '{"command":"restart","parameters":{}}', "accepted", "restart"),
    device_command("with id and expiry", compact({"command": "report", "command_id": "d-1", "expires_at": LATER}), "accepted", "report", id="d-1"),
    device_command("expired", compact({"command": "restart", "command_id": "d-2", "expires_at": STAMP}), "expired", "restart", id="d-2"),
    *[device_command(f"refused: {name}", data, "refused", command) for name, data, command in (
        ("too fast", rate(0), "set_sampling_rate"), ("too slow", rate(86401), "set_sampling_rate"), ("in parts", rate(1.5), "set_sampling_rate"), ("as text", rate("60"), "set_sampling_rate"),
        ("without its parameters", '{"command":"set_sampling_rate"}', "set_sampling_rate"), ("parameters that are none", '{"command":"set_sampling_rate","parameters":60}', "set_sampling_rate"),
        ("not known", '{"command":"format_flash"}', "format_flash"), ("a command that is no text", '{"command":5}', ""), ("no command", "{}", ""), ("nothing", "", ""), ("cut", '{"command":"restart"', ""), ("an array", '["restart"]', ""))],
])

# What may be forgotten.
def ack(name, data, boot=None, seq=None):
    return {"name": name, **payload_of(data), "boot": boot, "seq": seq}


write("acks", [
    ack("P-32 as the backend writes it", '{"v":1,"boot":2864434397,"seq":17}', 2864434397, 17),
    ack("the least", '{"v":1,"boot":0,"seq":0}', 0, 0),
    ack("the most", '{"v":1,"boot":4294967295,"seq":4294967295}', UINT32, UINT32),
    ack("another order, white space and more members", ' { "seq" : 5, "x": {"y": 1}, "boot" : 7, "v" : 1 } ', 7, 5),
    *[ack(name, data) for name, data in (
        ("another version", '{"v":2,"boot":7,"seq":5}'), ("no version", '{"boot":7,"seq":5}'), ("no boot", '{"v":1,"seq":5}'), ("no seq", '{"v":1,"boot":7}'), ("too large", '{"v":1,"boot":7,"seq":4294967296}'),
        ("below zero", '{"v":1,"boot":7,"seq":-1}'), ("in parts", '{"v":1,"boot":7,"seq":1.5}'), ("as text", '{"v":1,"boot":7,"seq":"5"}'), ("null", '{"v":1,"boot":null,"seq":5}'), ("nothing", ""), ("cut", '{"v":1,"boot":7,"seq":5'))],
])


# The time: UTC at receipt = serverSendTime + half of what the way took.
def answer(name, asked, now, data, utc=None):
    return {"name": name, "askedMs": asked, "nowMs": now, **payload_of(data if isinstance(data, (str, bytes)) else compact(data)), "utcMs": utc}


def times(asked, received, sent):
    return {"deviceSendTime": asked, "serverRecvTime": received, "serverSendTime": sent}


SERVER = ms("2025-10-24T12:00:00.000Z")
write("time-responses", [
    answer("at once", 5000, 5000, times(5000, SERVER, SERVER), SERVER),
    answer("100 ms on the way, both ways the same", 5000, 5100, times(5000, SERVER, SERVER), SERVER + 50),
    answer("the server thought for 40 ms of 100", 5000, 5100, times(5000, SERVER, SERVER + 40), SERVER + 40 + 30),
    answer("just quick enough", 5000, 15000, times(5000, SERVER, SERVER), SERVER + 5000),
    answer("asked at 0", 0, 200, times(0, SERVER, SERVER), SERVER + 100),
    answer("a clock that has run for 40 days", 3456000000, 3456000100, times(3456000000, SERVER, SERVER), SERVER + 50),
    answer("a device that asks by UTC", SERVER - 300, SERVER + 100, times(SERVER - 300, SERVER, SERVER + 200), SERVER + 200 + 100),
    *[answer(name, asked, now, data) for name, asked, now, data in (
        ("too slow", 5000, 15001, times(5000, SERVER, SERVER)), ("an answer to another question", 5000, 5100, times(4999, SERVER, SERVER)), ("the server thought longer than it took", 5000, 5100, times(5000, SERVER, SERVER + 101)),
        ("sent before it was received", 5000, 5100, times(5000, SERVER, SERVER - 1)), ("a server without a clock", 5000, 5100, times(5000, 7000, 7000)), ("no send time", 5000, 5100, {"deviceSendTime": 5000, "serverRecvTime": SERVER}),
        ("no receive time", 5000, 5100, {"deviceSendTime": 5000, "serverSendTime": SERVER}), ("not which question", 5000, 5100, {"serverRecvTime": SERVER, "serverSendTime": SERVER}), ("as text", 5000, 5100, times(5000, SERVER, str(SERVER))),
        ("nothing", 5000, 5100, ""), ("cut", 5000, 5100, '{"deviceSendTime":5000'))],
])

# Topics, by the names in protocol_generated.h.
TOPICS = {
    "kTemperature": "sensor/{}/temperature", "kHumidity": "sensor/{}/humidity", "kAudio": "sensor/{}/audio", "kTelemetry": "devices/{}/telemetry", "kStatus": "sensor/{}/status", "kInfo": "sensor/{}/info",
    "kAck": "sensor/{}/ack", "kWindowState": "window/{}/state", "kWindowControl": "window/{}/control", "kCommands": "devices/{}/commands", "kConfig": "sensor/{}/config", "kConfigReported": "sensor/{}/config/reported",
    "kTimeRequest": "sensor/{}/time/request", "kTimeResponse": "sensor/{}/time/response", "kOta": "sensor/{}/ota", "kOtaState": "sensor/{}/ota/state"}
write("topics", [{"constant": constant, "deviceId": id, "topic": text.format(id)} for id in ("dev-1", "d" * 64, "AA:bb:01.x_-") for constant, text in TOPICS.items()])

# Updates.
PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="
SIGNATURE = "MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw=="
IMAGE = hashlib.sha256(b"louver golden image").hexdigest()
MANIFEST = {"version": "1.3.0", "board": "esp32c3", "url": "http://192.168.1.10:8080/esp32c3-1.3.0.bin", "size": 912384, "sha256": IMAGE, "secure_version": 4, "signature": SIGNATURE}


def ota(name, data=None, accepted=True, good=True, board="esp32c3", secure=4, slot=1310720, **changes):
    whole = {**MANIFEST, **changes}
    data = compact({key: value for key, value in whole.items() if value is not ...}) if data is None else data
    text = "louver-ota:v1\n%s\n%s\n%s\n%s\n" % (whole["board"], whole["secure_version"], whole["size"], whole["sha256"]) if accepted else ""
    return {"name": name, **payload_of(data), "board": board, "secureVersion": secure, "slotBytes": slot, "accepted": accepted, "signedText": text,
            "signedSha256": hashlib.sha256(text.encode()).hexdigest() if accepted else "", "signatureGood": accepted and good, "publicKey": PUBLIC_KEY}


write("otas", [
    ota("as the protocol writes it"), ota("from an older one", secure=3), ota("members that are not known", notes={"x": 1}), ota("an image that just fits", slot=912384),
    ota("another secure version than was signed", good=False, secure_version=5), ota("another size than was signed", good=False, size=912385),
    ota("another image than was signed", good=False, sha256=hashlib.sha256(b"another").hexdigest()), ota("the largest secure version", good=False, secure_version=UINT32),
    *[ota(name, accepted=False, **more) for name, more in (
        ("for another board", {"board": "esp32s3"}), ("older than what runs", {"secure": 5}), ("an image that does not fit", {"slot": 912383}), ("an image of nothing", {"size": 0}), ("a size as text", {"size": "912384"}),
        ("no size", {"size": ...}), ("no secure version", {"secure_version": ...}), ("no hash", {"sha256": ...}), ("a hash that is too short", {"sha256": IMAGE[1:]}), ("a hash that is none", {"sha256": "g" * 64}),
        ("no signature", {"signature": ...}), ("no url", {"url": ...}), ("no version", {"version": ...}), ("a secure version below zero", {"secure_version": -1}), ("nothing", {"data": ""}), ("cut", {"data": compact(MANIFEST)[:-1]}))],
])

stale = []
for name, text in written.items():
    path = os.path.join(FOLDER, f"{name}.json")
    if "--check" in sys.argv:
        if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            stale.append(f"{name}.json")
    else:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
if stale:
    sys.exit("firmware/test/vectors: " + ", ".join(stale) + " are not what generate.py writes: run `npm run generate` and commit what it changed")
