#!/usr/bin/env python3
"""Writes an image of one layer, without a container engine, as a docker-archive.

mkimage.py OUT NAME:TAG ENTRYPOINT FILE=PATH...: ENTRYPOINT is split at commas; every FILE lands at PATH, executable.
/tmp is there and writable by all. The same inputs give the same bytes.
"""
import hashlib
import io
import json
import os
import sys
import tarfile

# An archive ends with two empty blocks; tapes alone want it filled up to 20.
tarfile.RECORDSIZE = tarfile.BLOCKSIZE


def add_folder(tar, folder, mode=0o755):
    info = tarfile.TarInfo(folder)
    info.type, info.mode = tarfile.DIRTYPE, mode
    tar.addfile(info)


def layer_of(files):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        add_folder(tar, "tmp", 0o1777)
        seen = {"tmp"}
        for spec in files:
            source, path = spec.split("=", 1)
            parts = path.strip("/").split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                if folder not in seen:
                    seen.add(folder)
                    add_folder(tar, folder)
            info = tarfile.TarInfo("/".join(parts))
            info.size, info.mode = os.path.getsize(source), 0o755
            with open(source, "rb") as data:
                tar.addfile(info, data)
    return layer.getvalue()


def main():
    out, ref, entry, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    blob = layer_of(files)
    digest = hashlib.sha256(blob).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Entrypoint": entry.split(","), "Env": ["PATH=/bin"], "User": "65534:65534"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]},
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": [ref], "Layers": [digest + "/layer.tar"]}]
    with tarfile.open(out + ".part", "w") as tar:
        for name, data in ((config_name, config), (digest + "/layer.tar", blob),
                           ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    os.replace(out + ".part", out)


main()
