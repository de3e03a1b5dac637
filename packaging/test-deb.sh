#!/bin/sh
# Installs the packages of a folder into a clean Debian 12 and uses them there as a newcomer would: a training, samples, its statement, a C
# program. Needs root and a Debian archive (MIRROR, else the one of this machine).
set -eu
packages=$(cd "$1" && pwd)
root=$(mktemp -d)
unmount() { umount "$root/proc" "$root/sys" 2> /dev/null || true; rm -rf --one-file-system "$root"; }
trap unmount EXIT
mirror=${MIRROR:-$(sed -n 's/^\(URIs: \|deb \(\[[^]]*\] \)\?\)\(http[^ ]*\).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | head -1)}
debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" > "$packages/chroot.log" 2>&1 ||
  { tail -5 "$packages/chroot.log" >&2; exit 1; }
for file in /etc/apt/apt.conf.d/*proxy* /etc/resolv.conf; do [ ! -e "$file" ] || cp "$file" "$root$file"; done
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys" # MPI looks there for networks
cp "$packages"/*.deb "$root/tmp"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"; }
inside apt-get update -qq
inside sh -c 'apt-get install -y -qq --no-install-recommends /tmp/*.deb gcc libc6-dev pkg-config python3-minimal > /tmp/log 2>&1 || { tail -20 /tmp/log; exit 1; }'
cat > "$root/tmp/use.sh" << 'EOF'
set -eu
cd /tmp
dpdm version
python3 - << 'PY'
import os, random, struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for name in ("a", "b"):
    os.makedirs("images/" + name)
    for i in range(32):
        rows = b"".join(b"\0" + bytes(random.Random(i).randrange(256) for _ in range(8)) for _ in range(8))
        with open("images/%s/%d.png" % (name, i), "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) +
                    chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY
cat > recipe.yaml << 'YAML'
data: images
height: 8
width: 8
channels: 1
classes: 2
records: 64
epsilon: 10
delta: 1e-3
batch: 8
steps: 4
attention: 4
YAML
dpdm train --config recipe.yaml --out run
dpdm sample run/release/model.safetensors --count 8 --steps 4 --out synthetic.npz
dpdm statement run > statement.txt
grep -q epsilon statement.txt
printf '#include <dpdm/version.h>\n#include <stdio.h>\nint main(void) { return puts(dpdm_version()) < 0; }\n' > use.c
python3 -c 'import dpdm; print(dpdm.epsilon(sampling_rate=0.01, noise_multiplier=1.0, steps=100, delta=1e-5)); print(dpdm.load("run/release/model.safetensors").sample(4, seed=1, steps=4).images.shape)'
mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 dpdm train --config recipe.yaml --out ranks --ranks mpi
mpirun.mpich -n 2 dpdm train --config recipe.yaml --out ranks-mpich --ranks mpi
gcc use.c $(pkg-config --cflags --libs dpdm) -o use
./use
EOF
inside sh /tmp/use.sh
echo "the packages work in a clean Debian 12"
