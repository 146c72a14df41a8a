"""Colours as every screen shows them: sRGB, eight bits, nothing shining through."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageCms

_WHITE: Final = (255, 255, 255)
_SRGB: Final = ImageCms.createProfile("sRGB")


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


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The image in the colours of sRGB; without a profile that fits it, it is taken to be in them already."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.buildTransform(source, _SRGB, image.mode, "RGB").apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile of other colours than the image's, or broken: every viewer shows the photo all the same
    return image.convert("RGB")
