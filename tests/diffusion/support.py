"""What the scripts here share: running the program, making models, reading their files by hand."""
import json
import os
import struct
import subprocess

import numpy as np

DENOISERS = {
    "edm": dict(kind="edm", sigma_data=0.57735026918962573, p_mean=-1.2, p_std=1.2),
    "v": dict(kind="v", logsnr_min=-9, logsnr_max=13),
    "vp": dict(kind="vp", beta_min=0.1, beta_d=19.9, time_min=1e-5, time_scale=999),
    "ve": dict(kind="ve", sigma_min=0.02, sigma_max=100),
}


def network(height, width, channels, classes, base, multipliers, blocks, attention, patch):
    return dict(kind="unet", height=height, width=width, channels=channels, classes=classes, width_base=base,
                multipliers=multipliers, blocks=blocks, attention=attention, patch=patch)


TINY = network(8, 8, 1, 3, 8, [1, 2], 1, [4], 1)


def make_model(path, net=TINY, denoiser="edm", statement=None, class_names=None):
    program = os.path.join(os.environ["DPDM_BUILD"], "tests", "diffusion", "make_model")
    training = {"training": {"class_names": class_names}} if class_names else {}
    config = json.dumps({"network": net, "denoiser": DENOISERS[denoiser], **training})
    extra = [json.dumps(statement)] if statement else []
    subprocess.run([program, config, path] + extra, check=True)


def read_safetensors(path):
    """Metadata and tensors of a file, by the description of the format."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        tensors[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])
    assert sum(t.nbytes for t in tensors.values()) == len(body)
    return metadata, tensors


def write_safetensors(path, metadata, tensors):
    header, body = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        header[name] = dict(dtype="F32", shape=list(values.shape), data_offsets=[len(body), len(body) + values.nbytes])
        body += values.astype("<f4").tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def dpdm(*arguments, code=0):
    """Runs the program; returns what it printed on standard output and standard error."""
    result = subprocess.run([os.environ["DPDM"], *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == code, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout, result.stderr
