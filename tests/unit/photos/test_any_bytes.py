"""Whatever is sent, and whatever happened to it on its way: renditions or a reason, nothing else, in bounded memory."""

import contextlib
import resource
import subprocess
import sys
from datetime import UTC
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.photos.pictures import memory
from chalicelib.photos.pictures.checking import check
from chalicelib.photos.pictures.kinds import Kind
from chalicelib.photos.pictures.rendering import render
from chalicelib.photos.refusals import Refused
from chalicelib.service_requests.lifecycle import PhotoRefusal
from local.stages import ROOT
from tests.support.pictures import encoded, extents, grainy, quarters

FORMS = {
    "jpeg": (Kind.JPEG, {"quality": 90}),
    "jpeg, progressive": (Kind.JPEG, {"quality": 90, "progressive": True}),
    "png": (Kind.PNG, {}),
    "webp": (Kind.WEBP, {"quality": 90}),
    "webp, lossless": (Kind.WEBP, {"lossless": True}),
    "heic": (Kind.HEIF, {"quality": 80}),
    "heic, in tiles": (Kind.HEIF, {"quality": 80, "tile_size": 64}),
    "avif": (Kind.AVIF, {"quality": 90}),
}


def outcome(data: bytes) -> str:
    try:
        rendered = render(check(data), zone=UTC)
    except Refused as refused:
        return refused.reason
    assert max(rendered.view.width, rendered.view.height) <= 2048
    assert rendered.view.jpeg.startswith(b"\xff\xd8")
    return "accepted"


@cache
def whole(form: str) -> bytes:
    kind, options = FORMS[form]
    return encoded(grainy(200, 150), kind, **options)


@cache
def small(form: str) -> bytes:
    kind, options = FORMS[form]
    exif = Image.Exif()
    exif[0x0112], exif[0x8825] = 6, {1: "N", 2: (45.0, 30.0, 0.0)}
    return encoded(quarters(), kind, exif=exif.tobytes(), **options)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_cut_short_at_any_kilobyte_is_refused(form):
    data = whole(form)
    assert outcome(data) == "accepted"
    assert len(data) > 10_000
    cuts = [*range(0, len(data), 1024), len(data) - 100]
    assert [at for at in cuts if outcome(data[:at]) == "accepted"] == []


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A photo with bytes changed, taken out, put in, repeated, or of two kinds in one."""
    forms = st.sampled_from(sorted(FORMS))
    data = bytearray(small(draw(forms)))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        match draw(st.sampled_from(["change", "remove", "insert", "repeat", "splice"])):
            case "change":
                changed = draw(st.binary(min_size=1, max_size=8))
                data[at : at + len(changed)] = changed
            case "remove":
                del data[at : at + length]
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case "repeat":
                data[at:at] = data[at : at + length]
            case "splice":
                other = small(draw(forms))
                data[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(data)


@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(spoilt())
def test_a_spoilt_photo_is_shown_or_refused_and_nothing_else_happens(data):
    assert outcome(data) in {"accepted", *PhotoRefusal}


IN_LITTLE_MEMORY = """
import resource, sys
from datetime import UTC
from pathlib import Path
from chalicelib.photos.pictures import memory
from chalicelib.photos.pictures.checking import check
from chalicelib.photos.pictures.rendering import render
from chalicelib.photos.refusals import Refused
in_use = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
memory.MOST_BYTES = in_use + 15_000_000
for file in sys.argv[1:]:
    try:
        print(render(check(Path(file).read_bytes()), zone=UTC).view.width)
    except Refused as refused:
        print(refused.reason)
"""


def test_a_photo_for_which_there_is_no_memory_is_refused_and_the_next_is_shown(tmp_path):
    photos = [encoded(Image.new("RGB", (3000, 3000), "teal"), kind) for kind in Kind if kind is not Kind.JPEG]
    photos.append(encoded(Image.new("RGB", (3000, 3000), "teal"), Kind.JPEG, progressive=True))
    photos.append(extents(encoded(Image.new("RGB", (3000, 3000), "teal"), Kind.AVIF), 64, 64))  # small by its header
    files = []
    for number, photo in enumerate(photos):
        files += [tmp_path / f"{number}", tmp_path / f"{number}, next"]
        files[-2].write_bytes(photo)
        files[-1].write_bytes(small("jpeg"))
    command = [sys.executable, "-c", IN_LITTLE_MEMORY, *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    outcomes = done.stdout.split()
    assert set(outcomes[::2]) <= {PhotoRefusal.TOO_LARGE, PhotoRefusal.DAMAGED}, outcomes
    assert set(outcomes[1::2]) == {"64"}


def test_the_bound_on_memory_ends_with_the_photo():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(ZeroDivisionError), memory.bounded():
        assert resource.getrlimit(resource.RLIMIT_DATA)[0] == memory.MOST_BYTES
        raise ZeroDivisionError
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
