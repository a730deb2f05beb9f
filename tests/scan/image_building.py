"""Builds container images in tests: layers, what `docker save` writes, OCI layouts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Content = bytes | str | None
"""A file's bytes, `link:` or `symlink:` with the target, or None for a folder."""


def layer(files: Mapping[str, Content], *, style: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a layer's tar file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                kind, _, info.linkname = content.partition(":")
                info.type = tarfile.LNKTYPE if kind == "link" else tarfile.SYMTYPE
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def docker_archive(layers: Sequence[bytes], tag: str = "shop:1.0") -> bytes:
    """Return what `docker save` writes."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    config = json.dumps({"rootfs": {"diff_ids": [digest(one) for one in layers]}}).encode()
    own = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": own, "RepoTags": [tag], "Layers": names}]
    files = {own: config, **dict(zip(names, layers, strict=True)), "manifest.json": json.dumps(manifest).encode()}
    return layer(files)


def oci_files(layers: Sequence[bytes], *, pack: bool = True, tag: str = "shop:1.0") -> dict[str, bytes]:
    """Return the files of an OCI layout."""
    packed = [gzip.compress(one, mtime=0) if pack else one for one in layers]
    config = b"{}"
    manifest = json.dumps({"config": {"digest": digest(config)}, "layers": [{"digest": digest(p)} for p in packed]})
    platform = {"os": "linux", "architecture": "amd64"}
    row = {"digest": digest(manifest.encode()), "platform": platform}
    index = {"manifests": [row | {"annotations": {"org.opencontainers.image.ref.name": tag}}]}
    blobs = {f"blobs/{digest(one).replace(':', '/')}": one for one in (config, manifest.encode(), *packed)}
    return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode(), **blobs}


def write(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder; return it."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def digest(data: bytes) -> str:
    """Return a digest as OCI writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
