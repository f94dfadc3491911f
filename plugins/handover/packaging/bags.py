"""The rules of a BagIt bag, as its reader holds them: stricter than most, for what is unclear in a foreign bag is refused.

Source: RFC 8493 (BagIt 1.0); section numbers stand at the rules. Bags of 0.93 to 0.97 are read by the same rules, with what was
different then.
"""

from __future__ import annotations

import re
from typing import Final

from lindang.i18n import _
from plugins.handover.packaging.reader import Found, compare, path_fault, read_sums, read_text

_DECLARATION: Final = re.compile(
    rb"BagIt-Version: (0\.9[3-7]|1\.0)\r?\nTag-File-Character-Encoding: ([A-Za-z0-9._-]+)(?:\r?\n)?"
)
_MANIFEST: Final = re.compile(r"^(tag)?manifest-([a-z0-9]+)\.txt$")
_FETCH_LINE: Final = re.compile(r"^(\S+)[ \t]+(\d+|-)[ \t]+(.+)$")
_OXUM: Final = re.compile(r"^(\d+)\.(\d+)$")
_ALGORITHMS: Final = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_ENCODINGS: Final = {"utf-8": "utf-8", "utf-16": "utf-16", "iso-8859-1": "latin-1", "us-ascii": "ascii"}


def read_bag(found: Found) -> None:
    """Find the faults of a bag."""
    version, encoding = _declaration(found)
    if not version:
        return
    payload = {path for path in found.sizes if path.startswith("data/")}
    if not (found.root / "data").is_dir():
        found.fault("data", _("缺少 data 文件夹"))
    manifests = {path: match for path in found.sizes if (match := _MANIFEST.match(path))}
    lists = {path: _sums(found, path, match[2], version, encoding) for path, match in manifests.items()}
    payload_lists = {path: sums for path, sums in lists.items() if not manifests[path][1]}
    if not payload_lists:
        found.fault("", _("没有 manifest：至少要有一个，如 manifest-sha256.txt"))
    _payload_is_listed(found, payload, payload_lists, version)
    for path, sums in lists.items():
        if manifests[path][1]:
            _tags_are_listed(found, path, sums)
        compare(found, sums, manifests[path][2], path)
    _fetch(found, encoding, payload_lists)
    _info(found, encoding, payload, version)


def _declaration(found: Found) -> tuple[str, str]:
    """2.1.1: exactly two lines, in UTF-8 without a mark, nothing before, between or after them."""
    data = (found.root / "bagit.txt").read_bytes() if found.sizes["bagit.txt"] < 1000 else b""
    match = _DECLARATION.fullmatch(data)
    if match is None:
        found.fault("bagit.txt", _("不是 BagIt 0.93–1.0 规定的两行"))
        return "", ""
    encoding = _ENCODINGS.get(match[2].decode().lower(), "")
    if not encoding:
        found.fault("bagit.txt", _("不认识的文字编码"))
        return "", ""
    return match[1].decode(), encoding


def _sums(found: Found, path: str, algorithm: str, version: str, encoding: str) -> dict[str, str]:
    """2.1.3: digest, blank, path; in 1.0 line ends and ``%`` in a path are written ``%0A``, ``%0D``, ``%25``."""
    if algorithm not in _ALGORITHMS:
        found.fault(path, _("不认识的摘要算法 %(name)s", name=algorithm))
        return {}

    def decode(name: str) -> str:
        if version != "1.0":
            return name
        return re.sub(r"%(0[AaDd]|25)", lambda match: chr(int(match[1], 16)), name)

    sums = read_sums(found, path, encoding, decode)
    for name, digest in sums.items():
        if len(digest) != _ALGORITHMS[algorithm]:
            found.fault(path, _("%(name)s 的摘要长度不对", name=name))
    return sums


def _payload_is_listed(found: Found, payload: set[str], lists: dict[str, dict[str, str]], version: str) -> None:
    """3, complete: in 1.0 every payload file in every manifest; before, in at least one. Nothing else in any."""
    for path, sums in lists.items():
        for name in sums:
            if not name.startswith("data/"):
                found.fault(path, _("%(name)s 不在 data/ 下", name=name))
        if version == "1.0":
            for name in sorted(payload - sums.keys()):
                found.fault(name, _("%(list)s 没有列出", list=path))
    listed = {name for sums in lists.values() for name in sums}
    for name in sorted(payload - listed) if version != "1.0" or not lists else ():
        found.fault(name, _("没有 manifest 列出它"))


def _tags_are_listed(found: Found, path: str, sums: dict[str, str]) -> None:
    """2.2.1: a tag manifest lists tag files, no payload and no tag manifest."""
    for name in sums:
        if name.startswith(("data/", "tagmanifest-")):
            found.fault(path, _("%(name)s 不该列在这里", name=name))


def _fetch(found: Found, encoding: str, lists: dict[str, dict[str, str]]) -> None:
    """2.2.3: what ``fetch.txt`` names must be listed, inside ``data/``, and there: nothing is ever fetched."""
    if "fetch.txt" not in found.sizes:
        return
    listed = {name for sums in lists.values() for name in sums}
    for number, line in enumerate(read_text(found, "fetch.txt", (encoding,)).splitlines(), 1):
        match = _FETCH_LINE.match(line)
        name = match[3].strip() if match else ""
        if match is None or path_fault(name) or not name.startswith("data/") or name not in listed:
            found.fault("fetch.txt", _("第 %(n)s 行不能用", n=number))
        elif name not in found.sizes:
            found.fault(name, _("只给了下载地址，没有文件；不从网上取"))


def _info(found: Found, encoding: str, payload: set[str], version: str) -> None:
    """2.2.2: ``label: value`` lines; ``Payload-Oxum`` once, and what lies in ``data/``."""
    name = "bag-info.txt" if version >= "0.96" else "package-info.txt"
    if name not in found.sizes:
        return
    oxums, label = [], ""
    for number, line in enumerate(read_text(found, name, (encoding,)).splitlines(), 1):
        if line[:1] in {" ", "\t"} and label:
            continue
        label, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not label.strip() or label != label.strip():
            found.fault(name, _("第 %(n)s 行不是“名称: 内容”", n=number))
        if label.lower() == "payload-oxum":
            oxums.append(value.strip())
    if not oxums:
        return
    match = _OXUM.match(oxums[0])
    is_right = match and (int(match[1]), int(match[2])) == (sum(found.sizes[one] for one in payload), len(payload))
    if len(oxums) > 1 or not is_right:
        found.fault(name, _("Payload-Oxum 与内容不符"))
