"""A photo and its file: orientation, color profile, bit depth, metadata; reading and writing.

Only this package opens or writes picture files.
"""

from iph_core.photo.photo import Photo, photo_from_array
from iph_core.photo.profile import between_profiles
from iph_core.photo.read import open_label_map, open_mask, open_photo
from iph_core.photo.source import MAX_BYTES, MAX_PIXELS
from iph_core.photo.write import (
    check_mask_name,
    check_quality,
    check_size,
    encode_jpeg,
    encode_photo,
    encode_png,
    format_of,
    make_folder,
    permissions,
    save_mask,
    save_photo,
    write_file,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "Photo",
    "between_profiles",
    "check_mask_name",
    "check_quality",
    "check_size",
    "encode_jpeg",
    "encode_photo",
    "encode_png",
    "format_of",
    "make_folder",
    "open_label_map",
    "open_mask",
    "open_photo",
    "permissions",
    "photo_from_array",
    "save_mask",
    "save_photo",
    "write_file",
]
