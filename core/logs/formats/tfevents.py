"""TensorBoard's event files: TFRecords of Event messages, read without protobuf.

A record is its length (8 bytes, the lowest first), a checksum of that (4), the message, a checksum of it (4).
https://www.tensorflow.org/tutorials/load_data/tfrecord; the messages' fields as in TensorFlow's event.proto,
summary.proto and tensor.proto.
"""

import struct
from collections.abc import Iterator
from typing import Any

from core.logs.errors import LogError
from core.logs.source import Source
from core.logs.table import Table, collect
from core.trace import Note

HEAD, TAIL = 12, 4
EVENT_STEP, EVENT_SUMMARY = 2, 5
SUMMARY_VALUE = 1
VALUE_TAG, VALUE_SIMPLE, VALUE_TENSOR = 1, 2, 8
TENSOR_TYPE, TENSOR_CONTENT, TENSOR_FLOATS, TENSOR_DOUBLES = 1, 4, 5, 6
TYPES = {1: "<f", 2: "<d"}
POLYNOMIAL = 0x82F63B78
"""Of CRC-32C, the bits reversed."""
Fields = Iterator[tuple[int, Any]]


def is_events(source: Source) -> bool:
    """Whether the first record's length has its checksum."""
    data = source.data
    return len(data) > HEAD and _checksum(data[:8]) == struct.unpack_from("<I", data, 8)[0]


def read_events(source: Source) -> Table:
    """Every scalar, simple or a tensor of one number, at its step; other summaries are passed over."""
    cut: list[Note] = []
    table = collect(_rows(source.data, cut), names={"step": "step"})
    if not table.columns:
        raise LogError("logs.errors.no_scalars")
    return Table(columns=table.columns, length=table.length, names=table.names, notes=(*cut,))


def _rows(data: bytes, cut: list[Note]) -> Iterator[dict[str, float]]:
    place = 0
    while place + HEAD <= len(data):
        start = place + HEAD
        end = start + int.from_bytes(data[place : place + 8], "little")
        place = end + TAIL
        if place > len(data):
            break
        try:
            row = _scalars(data, start, end)
        except (IndexError, TypeError, struct.error, UnicodeDecodeError):
            break
        if len(row) > 1:
            yield row
    if place != len(data):
        cut.append(Note("logs.notes.cut"))


def _scalars(data: bytes, start: int, end: int) -> dict[str, float]:
    """The scalars of an event by tag, and its step, which is absent where it is 0."""
    row = {"step": 0.0}
    for field, value in _fields(data, start, end):
        if field == EVENT_STEP:
            row["step"] = float(value)
        elif field == EVENT_SUMMARY:
            for inner, place in _fields(data, *value):
                if inner == SUMMARY_VALUE:
                    _add(row, dict(_fields(data, *place)), data)
    return row


def _add(row: dict[str, float], value: dict[int, Any], data: bytes) -> None:
    number = value.get(VALUE_SIMPLE)
    if number is None and VALUE_TENSOR in value:
        number = _number(dict(_fields(data, *value[VALUE_TENSOR])), data)
    if number is not None and VALUE_TAG in value:
        row[data[slice(*value[VALUE_TAG])].decode()] = number


def _number(tensor: dict[int, Any], data: bytes) -> float | None:
    """The one number of a tensor; None of a larger one."""
    form = TYPES.get(tensor.get(TENSOR_TYPE, 0))
    if form is None:
        return None
    for field in (TENSOR_CONTENT, TENSOR_FLOATS, TENSOR_DOUBLES):
        match tensor.get(field):
            case (start, end) if end - start == struct.calcsize(form):
                return float(struct.unpack_from(form, data, start)[0])
            case float(number):
                return number
    return None


def _fields(data: bytes, start: int, end: int) -> Fields:
    """The fields of a message: a number, or where in the data the field's bytes begin and end."""
    while start < end:
        key, start = _varint(data, start)
        match key & 7:
            case 0:
                value, start = _varint(data, start)
                yield key >> 3, value
            case 1:
                yield key >> 3, struct.unpack_from("<d", data, start)[0]
                start += 8
            case 2:
                length, start = _varint(data, start)
                yield key >> 3, (start, start + length)
                start += length
            case 5:
                yield key >> 3, struct.unpack_from("<f", data, start)[0]
                start += 4
            case _:
                raise IndexError
    if start != end:
        raise IndexError


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A whole number, seven bits a byte, the lowest first; and where it ends."""
    byte = data[place]
    if byte < 0x80:
        return byte, place + 1
    value = shift = 0
    while data[place] >= 0x80 and shift < 64:
        value |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
    return value | data[place] << shift, place + 1


def _checksum(data: bytes) -> int:
    """CRC-32C, rotated and shifted as TFRecords have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
