#!/bin/sh
# Catches a file that other programs cannot read: Python takes apart what the writer wrote, by the format's description.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$folder/example.safetensors"
"$PYTHON" - "$folder/example.safetensors" <<'PY'
import json, struct, sys
import numpy as np

data = open(sys.argv[1], "rb").read()
(length,) = struct.unpack("<Q", data[:8])
header, body = json.loads(data[8 : 8 + length].decode("utf-8")), data[8 + length :]
assert length % 8 == 0
assert header.pop("__metadata__") == {"dpdm.config": '{"a": [1, 2]}', "note": "\u00e9\n\"\\"}
want = {
    "second.weight": np.array([[1.5, -0.0], [1e-42, 3.4028235e38]], np.float32),
    'first "quoted"': np.array([-2.25, 0.1], np.float32),
}
assert set(header) == set(want)
used = 0
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    got = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])
    assert entry["dtype"] == "F32" and got.tobytes() == want[name].tobytes(), name
    used += end - begin
assert used == len(body)
PY
