"""A TFRecord export of the two-stage test campaign holds exactly its ok rows: read with protobuf and a CRC of our own."""
import json
import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from tfrecord import examples_of

folder = sys.argv[1]
index = np.arange(201)
index = index[(index % 10 != 7) & (index % 3 != 0)]
rows = {"train": index[index % 4 != 1], "hold_out": index[index % 4 == 1]}
if "none" in sys.argv[2:]:
    rows = {name: index[:0] for name in rows}

with open(os.path.join(folder, "dataset.json")) as file:
    facts = json.load(file)
assert facts["campaign"] == "small" and facts["hold_out_share"] == 0.25
assert [p["name"] for p in facts["parameters"]] == ["R", "field"]
assert facts["parameters"][0] == {"name": "R", "unit": "cm", "range": [1e15, 1e18], "scale": "log"}
assert facts["parameters"][1]["levels"] == ["blr", "torus"]
assert facts["axes"] == [{"name": "nu", "unit": "Hz", "values": [1e8, 1e12, 1e16, 1e20, 1e24]}]
features = {feature["name"]: feature for feature in facts["features"]}
assert list(features) == ["index", "stage", "parameters", "inputs", "derived/t_var", "sed", "flux"]
assert features["sed"] == {"name": "sed", "list": "float", "shape": [5], "axes": ["nu"], "unit": "erg s-1",
                           "transform": "log10", "floor": 1e-60}
assert features["flux"]["list"] == "bytes" and features["flux"]["bytes_of"] == "float64"

listed = {name for split in facts["splits"].values() for name in split["files"]}
assert listed | {"dataset.json"} == set(os.listdir(folder))
for split, expected in rows.items():
    files = facts["splits"][split]["files"]
    examples = [one for name in files for one in examples_of(os.path.join(folder, name))]
    assert len(examples) == len(expected) == facts["splits"][split]["records"]
    assert [name for name in files] == [f"{split}-{k:05}-of-{len(files):05}.tfrecord" for k in range(len(files))]
    for k, one in zip(expected, examples):
        assert set(one) == set(features)
        assert list(one["index"].int64_list.value) == [k]
        assert list(one["stage"].int64_list.value) == [1 if k < 100 else 2]
        assert one["parameters"].bytes_list.value == [struct.pack("<2d", 1e15 + k, k % 2)]
        scaled = np.float32([2 * np.log((1e15 + k) / 1e15) / np.log(1e3) - 1, 2 * (k % 2) - 1])
        assert np.allclose(one["inputs"].float_list.value, scaled, rtol=0, atol=1e-7)
        assert one["derived/t_var"].bytes_list.value == [struct.pack("<d", 0.5 * k)]
        assert list(one["sed"].float_list.value) == [8 * k + bin for bin in range(5)]
        assert one["flux"].bytes_list.value == [struct.pack("<d", 1 / (1 + k))]
print("fine")
