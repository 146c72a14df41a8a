"""Colours as every screen shows them: sRGB, eight bits, nothing shining through."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from operator import mul
from typing import Any, Final

from PIL import Image, ImageCms, ImageFilter

_WHITE: Final = (255, 255, 255)
_SRGB: Final = ImageCms.createProfile("sRGB")

_Matrix = tuple[tuple[float, float, float], ...]

# By the number of the primaries in an `nclx` box (ITU-T H.273), those wider than sRGB: Display P3, BT.2020. From light
# in them to light in sRGB (CSS Color 4, section 17).
_TO_SRGB: Final[dict[int, _Matrix]] = {
    12: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
    9: ((1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730)),
}
# Likewise: those of BT.709 and its kin, which screens show as that of sRGB; not said; that of sRGB.
_USUAL_CURVES: Final = frozenset({1, 2, 6, 13, 14, 15})


def opaque(image: Image.Image) -> Image.Image:
    """The image in grey, RGB or CMYK, as it was made, of eight bits; what is transparent, on white."""
    if image.mode.startswith("I;16"):
        return image.point(lambda level: level / 256).convert("L")  # convert alone cuts off at 255
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")  # which would copy it
        ground = Image.new("RGB", image.size, _WHITE)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def to_srgb(image: Image.Image, said: Mapping[Any, Any]) -> Image.Image:
    """The image in the colours of sRGB, by what its file says of them: a profile, or numbers where it has none. Without
    either, or with what does not fit it, it is taken to be in them already."""
    if profile := said.get("icc_profile"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.buildTransform(source, _SRGB, image.mode, "RGB").apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile of other colours than the image's, or broken: every viewer shows the photo all the same
    elif image.mode == "RGB" and (wider := _wider_than_srgb(said.get("nclx_profile") or {})):
        return image.filter(_table(wider))
    return image.convert("RGB")


def _wider_than_srgb(nclx: Mapping[str, Any]) -> _Matrix | None:
    # What is brighter than white has other curves; it is shown as if it had not.
    return (
        _TO_SRGB.get(nclx.get("color_primaries", 0)) if nclx.get("transfer_characteristics") in _USUAL_CURVES else None
    )


@cache
def _table(to_srgb: _Matrix) -> ImageFilter.Color3DLUT:
    def converted(*levels: float) -> tuple[float, ...]:
        light = [_light(level) for level in levels]
        return tuple(_level(sum(map(mul, row, light))) for row in to_srgb)

    return ImageFilter.Color3DLUT.generate(33, converted)


def _light(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _level(light: float) -> float:
    within = min(max(light, 0.0), 1.0)
    return within * 12.92 if within <= 0.0031308 else 1.055 * within ** (1 / 2.4) - 0.055
