#!/usr/bin/env python3
"""Exports a PyTorch model for Louver: one ONNX file that carries its manifest (docs/models.md).

From your training script, with this file beside it:

    from export_to_onnx import export
    export(model, "window.onnx", manifest, training_rows)

From a shell:

    python3 export_to_onnx.py example window.onnx            trains a small model on invented rows and exports it
    python3 export_to_onnx.py embed model.onnx manifest.json  puts a manifest into an ONNX file of any origin (needs no torch)

Needs Python 3.8 and torch (tried with 1.13.1); not the package `onnx`.
"""

import argparse
import hashlib
import inspect
import json
import math

MANIFEST_KEY = "louver.manifest"
METADATA_PROPS = 14  # of onnx.ModelProto; an entry has its key in field 1 and its value in field 2


def export(model, path, manifest, training_rows, golden_samples=12, opset=13):
    """Writes `model` to `path` with its manifest inside.

    model: a torch.nn.Module from float32 [rows, columns] to one tensor [rows, 1] per output, in the order of manifest["outputs"].
        Bring the columns to their scale inside it: Louver feeds °C, percent and features as they are. It is moved to the CPU and left in
        evaluation mode.
    manifest: a dict with name, version, columns and outputs, e.g. {"position": "position", "logVariance": "log_var"}; recipe and
        trainedOn where they are known. A column is a name or a dict with its name, unit and `ifMissing` ("hold": no prediction without it).
    training_rows: what it was trained on, [rows, columns]: gives each column its range, its mean as `ifMissing` where none is given, and
        the inputs of the golden samples, whose outputs are what `model` says here, not what the export does.
    """
    import torch

    model = model.cpu().eval()
    rows = torch.as_tensor(training_rows, dtype=torch.float32).cpu()
    columns = [{"name": column} if isinstance(column, str) else dict(column) for column in manifest["columns"]]
    outputs = list(dict.fromkeys(manifest["outputs"].values()))
    if rows.ndim != 2 or rows.shape[1] != len(columns) or len(rows) == 0:
        raise ValueError(f"training_rows are {list(rows.shape)}, expected [rows, {len(columns)}]: one number per column")
    if not torch.isfinite(rows).all():
        raise ValueError("training_rows hold NaN or infinity: leave those rows out, or put in what stands for a missing value")

    for column, values in zip(columns, rows.double().T):
        least, greatest = values.min().item(), values.max().item()
        if least < greatest:
            column.setdefault("range", [_outward(least, -1), _outward(greatest, 1)])
        column.setdefault("ifMissing", _digits(values.mean().item(), 7))

    with torch.no_grad():
        samples = []
        count = min(golden_samples, len(rows))
        for i in range(count):
            row = [_digits(value, 7) for value in rows[i * len(rows) // count].tolist()]
            tensors = _tensors(model(torch.tensor([row], dtype=torch.float32)))
            if len(tensors) != len(outputs) or any(tensor.numel() != 1 for tensor in tensors):
                shapes = ", ".join(str(list(tensor.shape)) for tensor in tensors)
                raise ValueError(f"the model gives {shapes} for one row, expected [1, 1] for each of {', '.join(outputs)}")
            found = dict(zip(outputs, tensors))
            names = [column["name"] for column in columns]
            samples.append(
                {
                    "inputs": dict(zip(names, row)),
                    "outputs": {name: _digits(tensor.reshape(()).item(), 7) for name, tensor in found.items()},
                }
            )
        # The exporter of torch 2.9 and later has another default, which needs more packages.
        older = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
        torch.onnx.export(
            model,
            (rows[:2],),
            path,
            input_names=["features"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in ["features", *outputs]},
            opset_version=opset,
            **older,
        )
    embed(path, {**manifest, "input": "features", "columns": columns, "goldenSamples": samples})


def embed(path, manifest):
    """Puts `manifest` into the ONNX file at `path`, with the sha256 of everything else in it; graph and weights stay as they are.

    Raises ValueError when the manifest has the sha256 of another file.
    """
    with open(path, "rb") as file:
        whole = file.read()
    fields = list(_fields(whole))
    graph = b"".join(field for number, field, _ in fields if number != METADATA_PROPS)
    about = str(manifest.get("sha256") or "").lower()
    if about and about not in (hashlib.sha256(whole).hexdigest(), hashlib.sha256(graph).hexdigest()):
        raise ValueError(f"the manifest is about another file (sha256 {about[:8]}…): take the one of {path}, or remove its sha256")
    entries = [field for number, field, value in fields if number == METADATA_PROPS and not _is_manifest(value)]
    text = json.dumps({**manifest, "sha256": hashlib.sha256(graph).hexdigest()}, allow_nan=False)
    entry = _field(1, MANIFEST_KEY.encode()) + _field(2, text.encode())
    with open(path, "wb") as file:
        file.write(graph + b"".join(entries) + _field(METADATA_PROPS, entry))


def _field(number, value):
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def _fields(message):
    """Yields (number, whole field, value) of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            value |= (message[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 0x80:
                return value

    while at < len(message):
        start = at
        number, kind = divmod(varint(), 8)
        if kind not in (0, 1, 2, 5):
            raise ValueError("this is no ONNX file")
        length = varint() if kind in (0, 2) else 0
        length = {0: 0, 1: 8, 2: length, 5: 4}[kind]
        if at + length > len(message):
            raise ValueError("this is no ONNX file, or one that was cut short")
        yield number, message[start : at + length], message[at : at + length]
        at += length


def _is_manifest(entry):
    return any(number == 1 and value == MANIFEST_KEY.encode() for number, _, value in _fields(entry))


def _tensors(found):
    return found if isinstance(found, (list, tuple)) else [found]


def _digits(value, digits):
    return float(f"{value:.{digits}g}")


def _outward(value, direction, digits=3):
    """Rounded to three digits, away from the range's middle."""
    near = _digits(value, digits)
    if (value - near) * direction <= 0:
        return near
    return _digits(near + direction * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1), digits)


def example(path, recipe=None, seed=7):
    """Trains a window regressor with two heads, mean and log variance, on invented rows. A starting point, not a model to use."""
    import torch

    torch.manual_seed(seed)
    columns = [
        {"name": "temperature", "unit": "°C", "ifMissing": "hold"},
        {"name": "humidity", "unit": "%", "ifMissing": "hold"},
        {"name": "rms_mean"},
        {"name": "spectral_centroid_mean", "unit": "Hz"},
    ]
    uniform = torch.rand(4096, len(columns))
    temperature, humidity = -10 + 50 * uniform[:, 0], 5 + 95 * uniform[:, 1]
    loudness, centroid = -60 + 50 * uniform[:, 2], 300 + 4700 * uniform[:, 3]
    rows = torch.stack([temperature, humidity, 10 ** (loudness / 20), centroid], dim=1)
    quiet = torch.sigmoid(-(loudness + 30) / 3)
    target = 100 * torch.sigmoid((temperature - 24) / 2) * quiet + 4 * torch.randn(len(rows))

    class TwoHeads(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", rows.mean(dim=0))
            self.register_buffer("deviation", rows.std(dim=0))
            self.body = torch.nn.Sequential(
                torch.nn.Linear(len(columns), 24), torch.nn.ReLU(), torch.nn.Linear(24, 12), torch.nn.ReLU()
            )
            self.position = torch.nn.Linear(12, 1)
            self.log_variance = torch.nn.Linear(12, 1)

        def forward(self, features):
            hidden = self.body(torch.clamp((features - self.mean) / self.deviation, -4, 4))
            # Percent open, and natural log of the variance in percent², from 1 to 60 percentage points.
            return 100 * torch.sigmoid(self.position(hidden)), 4.1 + 4.1 * torch.tanh(self.log_variance(hidden))

    model = TwoHeads()
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(60):
        for batch in torch.randperm(len(rows)).split(128):
            position, log_variance = model(rows[batch])
            # Negative log likelihood of a normal distribution.
            error = target[batch, None] - position
            loss = 0.5 * (log_variance + error**2 * torch.exp(-log_variance)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    manifest = {
        "name": "two heads",
        "version": "v0.1.0",
        "columns": columns,
        "outputs": {"position": "position", "logVariance": "log_var"},
        "trainedOn": f'{len(rows)} invented rows (seed {seed}) of a "warm and quiet opens" rule; no room was measured',
    }
    export(model, path, {**manifest, **({"recipe": recipe} if recipe else {})}, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("example", help="train a small model on invented rows and export it")
    one.add_argument("path")
    one.add_argument("--recipe", help="recipe of the audio features: as in the rows that louver stores")
    one.add_argument("--seed", type=int, default=7)
    other = commands.add_parser("embed", help="put a manifest into an ONNX file")
    other.add_argument("path")
    other.add_argument("manifest", help="JSON file")
    given = parser.parse_args()
    if given.command == "example":
        example(given.path, given.recipe, given.seed)
    else:
        with open(given.manifest, encoding="utf-8") as file:
            embed(given.path, json.load(file))


if __name__ == "__main__":
    main()
