#!/usr/bin/python3
"""Writes the seeds of the fuzz targets to corpus/: small files of every kind the parsers know. Inputs that once broke a
parser are kept beside them under names of their own. --check writes nothing and fails where a seed is another: seeds of a format
that no parser takes any more test nothing."""
import base64
import gzip
import hashlib
import io
import json
import lzma
import pathlib
import struct
import sys
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent / "corpus"


CHECK = sys.argv[1:] == ["--check"]
stale = []


def save(target, name, content):
    file = HERE / target / name
    content = content.encode() if isinstance(content, str) else content
    if CHECK:
        stale.extend([] if file.exists() and file.read_bytes() == content else [f"{target}/{name}"])
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def idx(kind, shape, values):
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(values)


def pair(images, labels):
    return struct.pack("<H", len(images)) + images + labels


def seeds_idx():
    images, labels = idx(8, (2, 2, 3), range(12)), idx(8, (2,), [1, 0])
    save("idx", "grey", pair(images, labels))
    save("idx", "colour", pair(idx(8, (1, 1, 2, 3), range(6)), idx(12, (1,), [0, 0, 0, 3])))
    save("idx", "short-labels", pair(images, idx(11, (2,), [0, 1, 0, 2])))
    save("idx", "gzip", pair(gzip.compress(images, mtime=0), gzip.compress(labels, mtime=0)))
    save("idx", "xz", pair(lzma.compress(images, preset=0), labels))
    save("idx", "announces-much", pair(gzip.compress(idx(8, (2**32 - 1, 1024, 1024, 4), b""), mtime=0), labels))


def seeds_cifar():
    record = bytes([3]) + bytes(i % 251 for i in range(3072))
    save("cifar", "one", record)
    save("cifar", "two-gzip", gzip.compress(record + bytes([9]) + bytes(3072), mtime=0))
    save("cifar", "xz", lzma.compress(record, preset=0))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, colour, rows, *chunks, interlace=0):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)) +
            b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def seeds_png():
    save("png", "grey1", png(9, 2, 1, 0, b"\0\xaa\x80" * 2))
    save("png", "grey2", png(4, 1, 2, 0, b"\0\x1b"))
    save("png", "grey4", png(3, 1, 4, 0, b"\0\x12\x30"))
    save("png", "grey8", png(3, 2, 8, 0, b"\1abc\2def"))
    save("png", "grey8-trns", png(3, 1, 8, 0, b"\0abc", chunk(b"tRNS", b"\0a")))
    save("png", "grey16", png(2, 1, 16, 0, b"\0\x12\x34\xff\xff"))
    save("png", "grey-alpha", png(2, 1, 8, 4, b"\0a\xffb\x7f"))
    save("png", "colour", png(2, 2, 8, 2, b"\3abcdef\4ghijkl", chunk(b"gAMA", struct.pack(">I", 45455))))
    save("png", "colour16", png(1, 1, 16, 2, b"\0abcdef"))
    save("png", "colour-alpha", png(1, 2, 8, 6, b"\0abcd\0efg\xff"))
    save("png", "palette", png(4, 1, 2, 3, b"\0\x1b", chunk(b"PLTE", bytes(range(12))), chunk(b"tRNS", b"\0\x80")))
    save("png", "interlaced", png(2, 2, 8, 0, b"\0a\0b\0cd", interlace=1))


# Small JPEG files that Pillow wrote (quality 80, optimize).
JPEG = {
    "grey":
        "|JeWF01!$>Nk#wx0RR9200961|JwjV00smF1_cBL1_cHO2L=cV5DE$j2?`Vr4-"
        "60&6c`v66c!d59VH(c8zUSR79cDjBPJ&)Dk&KsEif%8FeNA{DF46!3kU!R01N>E5di<h02KfM0RR910000000000000062mizX91s8j0|fv800"
        "0000000000006BB22U1tT*5+5iXv0RR9$0GMJE+_D9>$?Y^`AOG0",
    "colour-turned":
        "|JeWF01!$>Nk#wx0RR9200961|KR{4MR;ju002!*04e|g00;m90TKWM0000100sa600000|JwjV00smF1_cBL1_cHO2L=cV5DE$j2?`Vr4-"
        "60&6c`v66c!d59VH(c8zUSR79cDjBPJ&)Dk&KsEif%8FeNA{DF534LjeZ|2MP!Z6AB6wC>j<TC@3f>C@3f>C@3f>C@3f>C@3f>C@3f>C@3f>C@"
        "3f>C@3f>C@3f>C@3f>C@3f>C@BBH01*fP3;+}Z0U`hb5di}c0sq7R7XSbQ0RR910000000000000041_l4b045Ls0ssUB1Oov800000000010s"
        "{mE5dab)F;NC0L2(l@VbTA@02KiN0RR910000000000000032LHqWBM|@r0tEvF0000000000000330{{dC5g{=$Q3he5(eVG;01N{G00I#M5d"
        "c2`Mwv%2!b66=$8*LWsnsR=eUesM3e409xk7BPt~4#l+qX?TjW4ZJiqx)|oSl>kCJ-oAVVcF5E$zs?{qu<W6tYH(@<lB19Oh?Za>VXQ@^BJGRk"
        "zH``xAhlyz+ZNQRvOhUDtAvi*kKJ#+5NX?=?8h8e%ET?%SW>{PBYpD=P`_nSP|G^@9rk09K}5#WIF&5^cKLV@nvZOt1g}fgk_b",
    "progressive":
        "|JeWF01!$>Nk#wx0RR9200961|JwjV00smF1_cBL1_cHO2L=cV5DE$j2?`Vr4-"
        "60&6c`v66c!d59VH(c8zUSR79cDjBPJ&)Dk&KsEif%8FeNA{DF534LjeZ|2MP!Z6AB6wC>j<TC@3f>C@3f>C@3f>C@3f>C@3f>C@3f>C@3f>C@"
        "3f>C@3f>C@3f>C@3f>C@3f>C@BBJ01*fP5C9MZ0U`hb5di}c0sq7R761VO0RR910000000000000941pmYU6#)SO00000000000000000033|J"
        "ncy0|5X65CaeZ009TNB>%(!8V~>i0s{a500000000000003400ION6aU%(2mt{A0R;kDbr{;?#=n`O#Yg|d02vVg0R;d600000000000000400"
        "R;sG5^{C2mu2D0Y3p83Y)mU|HJ?r5dZ-M0{{R3000000000000IC30|XN?QUBTi2mt~C0Y3o-"
        "D<zt3c)$O|02~ki0s;a90000000000000000Rj>O5kXP0|Jncu0RaF8KLXM#6>Odk7?$VD=(O4Y!~h)-"
        "0RRC51poj500000000000RSN}K~Z6G!O{QP00;pA00BQCqzc9Y=wp|VjV)n)v4;6utpC~o3<CiG0ssR5000m-"
        "|HJ?q5dZ=L0{{R3000000000000A)(Q6XXQ|Jncu0RsU6KM)B{rxUY7lmEm391#Ek0|fv80000000000000315m6yAVR6C#+5iXv0s#R(5Idk2"
        "!g^;+zyHJl91sBj0s{d70RR91000000003IApk*9F=284+5iXv0RRC%5Mglj<}jp6*p#QI%`0U{W+Ik&BSrienX@AuD!iiq09DWb*#",
    "cmyk":
        "|JeWT01iQ9Z(?NtWB>pF0095n07C!<1O)~K1O^5L1_uWQ2nrAi3JD1c6b=sz5Em2}7#9>478)HT9~v7Y92OQJEFdE$Cn+i^86Pb$EhsQ0C@Coa"
        "zyK5o00;mG1Va%3O%VWD5dcdO0RO}Q7XSbQ0RR910000000000000981_%Gd03#3p0Rsd91Oos700000000010s|2Q1qLDj2O%<{6EQ*m+5ip&"
        "LjX+xSpZ7_06zfJZut+E{`k8j$b9$rz;wqIYa*z6{{WD%;_X!H0+p8%K03DnGEeD3NFAaSOirpvt-"
        "n;#SS)nbt9F#MjRuh*0;u~^pa4`%l4H3f^Z(f",
}


def seeds_picture():
    for name, text in JPEG.items():
        save("picture", name, base64.b85decode(text))
    save("picture", "png", png(3, 2, 8, 0, b"\1abc\2def"))
    turned = base64.b85decode(JPEG["grey"])
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\5\0\0\0\0\0\0"
    save("picture", "big-endian", turned[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + turned[2:])


def npy(kind, shape, values, order=False, version=1):
    text = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    start = 10 if version == 1 else 12
    text += b" " * (-(len(text) + start + 1) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + values


def npz(method=zipfile.ZIP_STORED, **arrays):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for key, content in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{key}.npy"), content, method)
    return out.getvalue()


def seeds_npz():
    images, labels = npy("|u1", (2, 1, 2), b"abcd"), npy("<i8", (2,), struct.pack("<2q", 1, 0))
    save("npz", "stored", npz(images=images, labels=labels))
    save("npz", "deflated", npz(zipfile.ZIP_DEFLATED, images=images, labels=labels))
    save("npz", "medmnist", npz(train_images=npy("|u1", (1, 1, 1, 3), b"abc"), train_labels=npy("|u1", (1, 1), b"\0"),
                                val_images=images, val_labels=npy(">i2", (2,), b"\0\1\0\0")))
    save("npz", "owners", npz(images=images, labels=labels, owners=npy("<U2", (2,), "a\0bc".encode("utf-32-le"))))
    save("npz", "owners-floats", npz(images=images, labels=labels, owners=npy("<f8", (2,), struct.pack("<2d", 65, 650))))
    save("npz", "floats", npz(x=npy("<f4", (2, 1), struct.pack("<2f", 0.5, -1)), labels=labels))
    save("npz", "not-arrays", npz(images=b"x", labels=b""))
    for name, header in {"v1": npy("|u1", (2, 3), b""), "v2": npy("<f8", (7,), b"", version=2), "v3": npy(">i4", (), b"", version=3),
                         "fortran": npy("<f4", (2, 3), b"", order=True), "long": npy("<u2", (60000, 28, 28, 3), b"")}.items():
        save("npy", name, header)
    save("npy", "python2", npy("<i4", (3,), b"").replace(b"(3,)", b"(3L)"))


def tensors(header, values=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + values


def seeds_safetensors():
    a = {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}
    b = {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}
    save("safetensors", "two", tensors({"a.weight": a, "b": b, "__metadata__": {"dpdm.config": "{}"}}, bytes(12)))
    save("safetensors", "empty", tensors({}))
    save("safetensors", "none", tensors({"a": {"dtype": "F32", "shape": [0, 3], "data_offsets": [0, 0]}}))
    save("safetensors", "other-type", tensors({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, bytes(2)))
    save("safetensors", "spaces", tensors(b'{"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   ', bytes(4)))


def seeds_model():
    save("model", "untouched", b"")
    save("model", "header", bytes([1, 0, 0, 255, 200, 0, 0, ord("9"), 40, 1, 0, ord("\"")]))
    save("model", "weights", bytes([0, 80, 128, 255, 3, 90, 128, 127]))
    save("model", "cut", bytes([7]))


def seeds_classifier():
    save("classifier", "untouched", b"")
    save("classifier", "header", bytes([1, 0, 0, 255, 200, 0, 0, ord("9"), 40, 1, 0, ord("\"")]))
    save("classifier", "weights", bytes([0, 80, 128, 255, 3, 90, 128, 127]))
    save("classifier", "cut", bytes([7]))


def seeds_state():
    """The state of a run of three weights, as a machine of little-endian order writes it."""
    state = (b"DPDMRUN2" + struct.pack("<Q", 0x0102030405060708) + bytes(range(32)) + bytes(range(128)) +
             b"plain".ljust(32, b"\0") + b"0.2.0".ljust(32, b"\0") + struct.pack("<5Q", 1, 7, 3, 2, 1) +
             struct.pack("<14f", *range(14)))
    save("state", "whole", state + hashlib.blake2b(state, digest_size=32).digest())
    save("state", "four-weights", state.replace(struct.pack("<2Q", 7, 3), struct.pack("<2Q", 7, 4)) + bytes(16 + 32))
    save("state", "erased", bytes(len(state) + 32))


def entry(sequence, kind, **fields):
    common = {"sequence": sequence, "time": "2026-11-24T09:00:00Z", "who": "ana", "version": "0.1.0", "kind": kind}
    return json.dumps({**common, **fields}, separators=(",", ":"))


def seeds_entry():
    events = [{"sampling_rate": 0.01, "noise_multiplier": 1.1, "steps": 500}]
    ledger = {"format": "dpdm-ledger-1", "id": "00112233445566778899aabbccddeeff"}
    scans = {"name": "scans", "digest": "cd" * 32, "unit": "one image with its label", "group": 1,
             "neighbours": "add or remove one unit", "epsilon": 10, "delta": 1e-6, "accountant": "pld", "order": None}
    save("entry", "ledger", entry(1, "ledger", **ledger))
    save("entry", "data-set", entry(2, "data_set", **scans))
    save("entry", "no-digest", entry(2, "data_set", **{**scans, "digest": None, "accountant": "rdp", "order": 12.5}))
    save("entry", "reserve", entry(3, "reserve", data_set=2, run="0" * 32, config=None, events=events, epsilon_after=1.5,
                                   accountant="pld"))
    save("entry", "run", entry(4, "run", reservation="9007199254740993"))
    save("entry", "finish", entry(5, "finish", reservation=3, release="ab" * 32))
    save("entry", "abandon", entry(6, "abandon", reservation=3, reason="stopped"))
    save("entry", "two", entry(1, "run", reservation=1) + entry(2, "run", reservation=1))


def seeds_text():
    save("yaml", "all", "# a config\nverbose: true\ncount: 7\nseed: 18446744073709551615\nnoise_multiplier: 1.5e0\n"
         "sampling-rate: 0.25\nout: 'a b'\ncolour: dark-green\nlevels: [1, 2, 2]\n")
    save("yaml", "lines", "levels:\n  - 1\n  - 64\nout: \"\\u00e9\"\nverbose: false\n")
    save("yaml", "empty", "")
    save("yaml", "refused", "a: &x 1\nb: *x\n---\nc: !!str 2\n<<: {d: 1}\n")
    save("yaml", "numbers", "count: 0x7\nnoise_multiplier: .nan\nsampling_rate: -0\nseed: 1_000\n")
    save("json", "options", '{"verbose": true, "count": 7, "seed": "18446744073709551615", "noise_multiplier": 1.5, '
         '"sampling_rate": 0.25, "out": "a", "colour": "blue", "levels": [1, 2]}')
    save("json", "nested", '[[[[[[[[1e308, -0.0, "\\u0041\\ud83d\\ude00", null, true]]]]]]]]')
    network = {"kind": "unet", "height": 8, "width": 8, "channels": 1, "classes": 3, "width_base": 8, "blocks": 1,
               "multipliers": [1, 2], "attention": [4], "patch": 1}
    for name, denoiser in {
            "edm": {"kind": "edm", "sigma_data": 0.5, "p_mean": -1.2, "p_std": 1.2},
            "v": {"kind": "v", "logsnr_min": -9, "logsnr_max": 13},
            "vp": {"kind": "vp", "beta_min": 0.1, "beta_d": 19.9, "time_min": 1e-5, "time_scale": 999},
            "ve": {"kind": "ve", "sigma_min": 0.02, "sigma_max": 100}}.items():
        save("json", "model-" + name, json.dumps({"network": network, "denoiser": denoiser}))
    save("json", "eval", '{"classifiers": {"cnn": {"accuracy_mean": 0.7, "confusion": [[5, 1], [0, 3]], '
         '"class_accuracy": [0.83, null]}}, "fid": null}')
    save("config", "small", "data: mnist\nheight: 28\nwidth: 28\nchannels: 1\nclasses: 10\nrecords: 60000\nepsilon: 1\n"
         "delta: 1e-6\nbatch: 64\nsteps: 10\nmultipliers: [1, 2]\nattention: [7]\n")
    save("config", "refused", "epsilon: -1\ndelta: 2\nbatch: 1e300\nheight: 0\nmultipliers: []\n")
    save("events", "two", '[{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 4395},\n'
         ' {"sampling_rate": 1, "noise_multiplier": 1e2, "steps": 1}]')
    save("events", "wrong", '[{"sampling_rate": 1.5, "noise_multiplier": -1, "steps": 0.5}]')
    save("events", "empty", "[]")
    save("owners", "numbers", "file,owner\n0/b.png,7\n0/a.png,7\n1/c.png,18446744073709551615\n")
    save("owners", "texts", b"\xef\xbb\xbf\"file\";\"owner\"\r\n0/a.png;\"a \"\"n\"\"\"\r\n\r\n0/b.png;08\r\n1/c.png;7")
    save("owners", "alike", "sep=,\nage,file,owner\n1,0/a.png,065\n2,0/b.png,65\n3,1/c.png,65.0\n")
    save("owners", "wrong", "file,owner\n0/a.png,\n")
    bound = {"epsilon_upper": 1.5, "epsilon_lower": 1.25}
    save("statement", "whole", json.dumps({
        "format": "dpdm-statement-3", "version": "1", "claim": "(1.5000, 1e-05)-differential privacy", "private": True,
        "unit": "one person with at most 2 images", "owner_cap": 2, "owner_cap_asserted": False,
        "neighbours": "add or remove one unit", "sampling": "Poisson", "public": {
            "height": 8, "width": 8, "channels": 1, "classes": 3, "records": 40},
        "mechanism": "m " * 90, "randomness": "r", "batch": 10, "clip": 1, "grid_bits": 40, "records_public": True,
        "events": [{"sampling_rate": 1, "noise_multiplier": 8, "steps": 1},
                   {"sampling_rate": 0.25, "noise_multiplier": 1.5, "steps": 100}], "event_names": ["class means", "steps"],
        "delta": 1e-5, **bound, "accountant": "pld", "bounds": {"pld": bound, "rdp": {"unproven": "no"}},
        "curve": [{"delta": 1e-3, **bound}, {"delta": 1e-4, "unproven": "no"}], "replace_one": {"epsilon_upper": 3.5},
        "warnings": ["w"], "assumptions": ["a", "b"],
        "not_covered": ["c"], "config": {"training": {"delta": 1e-5, "epsilon": 2, "accountant": "pld", "records": 40,
                                                      "batch": 10, "prior_means_noise": 8, "multipliers": [1, 2]}}}))
    save("statement", "hostile", '{"format": "dpdm-statement-3", "claim": "\\u001b[2J", "private": 1, "events": [], '
         '"public": [], "bounds": [{"epsilon_upper": 1e308}], "curve": {"x": 3}, "config": {"training": []}}')
    save("statement", "other", '{"format": "dpdm-statement-1"}')


if __name__ == "__main__":
    for seeds in (seeds_idx, seeds_cifar, seeds_png, seeds_picture, seeds_npz, seeds_safetensors, seeds_model, seeds_classifier, seeds_state,
                  seeds_entry, seeds_text):
        seeds()
    if stale:
        sys.exit("not as corpus.py makes them (run it): " + " ".join(stale))
