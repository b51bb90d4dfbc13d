"""Constants of the spellings, and how they are written in MLIR."""

import struct

FLT_MAX = 3.4028234663852886e38
SIXTH = 1 / 6
NAN = float("nan")

_LARGEST = {"f16": 65504.0, "bf16": 3.3895313892515355e38}
_NANS = {"f16": "0x7E00", "bf16": "0x7FC0", "f32": "0x7FC00000", "f64": "0x7FF8000000000000"}


def round_to(kind, value):
    """`value` rounded to the type."""
    if kind == "f16":
        return struct.unpack("e", struct.pack("e", value))[0]
    if kind == "f32":
        return struct.unpack("f", struct.pack("f", value))[0]
    if kind == "bf16":
        bits = struct.unpack("I", struct.pack("f", value))[0]
        bits += 0x7FFF + (bits >> 16 & 1)
        return struct.unpack("f", struct.pack("I", bits & 0xFFFF0000))[0]
    return value


def largest_of(kind, value):
    """FLT_MAX and -FLT_MAX stand for the largest numbers of the type."""
    if abs(value) == FLT_MAX and kind in _LARGEST:
        return _LARGEST[kind] if value > 0 else -_LARGEST[kind]
    return value


def write(kind, value):
    """`value` as a literal of a type."""
    if isinstance(value, str):
        return value
    return _NANS[kind] if value != value else f"{largest_of(kind, value):.17e}"
