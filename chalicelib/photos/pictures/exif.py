"""What a photo says of itself: which way it was held, when and where it was taken."""

from datetime import datetime, tzinfo
from typing import Any, Final, NamedTuple

from PIL import ExifTags, Image

from ...foundation import times

_TAKEN: Final = "%Y:%m:%d %H:%M:%S"
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Position(NamedTuple):
    """WGS 84, degrees."""

    lat: float
    lon: float


class Said(NamedTuple):
    """What is known of a photo beside its pixels; each None if it does not say, or not so that it can be read."""

    turn: Image.Transpose | None = None
    """What brings it upright."""
    taken_at: datetime | None = None
    """In UTC."""
    position: Position | None = None


def read(image: Image.Image, zone: tzinfo) -> Said:
    """What the photo says; `zone` is that of a camera that does not write its own."""
    # EXIF is often broken, in as many ways as there are cameras and in more by malice; the photo is good without it.
    try:
        exif = image.getexif()
        turn = _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))
        details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:
        return Said()
    return Said(turn, _taken_at(details, zone), _position(gps))


def _taken_at(details: dict[int, Any], zone: tzinfo) -> datetime | None:
    try:
        taken = datetime.strptime(details[ExifTags.Base.DateTimeOriginal], _TAKEN)  # noqa: DTZ007 - the zone follows
        offset = details.get(ExifTags.Base.OffsetTimeOriginal)
        return times.to_millisecond(taken.replace(tzinfo=_zone(offset) or zone))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None  # also of a camera whose clock was never set: in the year 1 there is no time in every zone


def _zone(offset: object) -> tzinfo | None:
    try:
        return datetime.strptime(str(offset), "%z").tzinfo
    except ValueError:
        return None


def _position(gps: dict[int, Any]) -> Position | None:
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], negative=gps[ExifTags.GPS.GPSLatitudeRef] == "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], negative=gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # A camera without a fix writes zeros.
    known = -90 <= lat <= 90 and -180 <= lon <= 180 and (lat, lon) != (0, 0)
    return Position(lat, lon) if known else None


def _degrees(parts: Any, *, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    # To the centimetre. Crafted ones go nearer to zero than DynamoDB does: they could be neither stored nor refused.
    value = round(degrees + minutes / 60 + seconds / 3600, 7)
    return -value if negative else value
