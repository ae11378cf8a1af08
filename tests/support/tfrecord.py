"""A second reader of TFRecord files: frames and CRC-32C by their definition, messages by Google's protobuf."""
import struct

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def one_byte(byte):
    """Bit by bit, as RFC 3720 defines it."""
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


TABLE = [one_byte(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # the check value of the catalogues


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def example_class():
    """tf.train.Example, described here so that no TensorFlow is needed."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")

    def message(name, *fields, within=None):
        made = (within.nested_type if within else file.message_type).add(name=name)
        for number, field, label, type_, of in fields:
            made.field.add(name=field, number=number, label=label, type=type_, type_name=of)
        return made

    one, many = kind.LABEL_OPTIONAL, kind.LABEL_REPEATED
    message("BytesList", (1, "value", many, kind.TYPE_BYTES, None))
    message("FloatList", (1, "value", many, kind.TYPE_FLOAT, None))
    message("Int64List", (1, "value", many, kind.TYPE_INT64, None))
    feature = message("Feature", *((k + 1, f"{name}_list", one, kind.TYPE_MESSAGE, f".tensorflow.{name.title()}List")
                                   for k, name in enumerate(("bytes", "float", "int64"))))
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    features = message("Features", (1, "feature", many, kind.TYPE_MESSAGE, ".tensorflow.Features.FeatureEntry"))
    entry = message("FeatureEntry", (1, "key", one, kind.TYPE_STRING, None),
                    (2, "value", one, kind.TYPE_MESSAGE, ".tensorflow.Feature"), within=features)
    entry.options.map_entry = True
    message("Example", (1, "features", one, kind.TYPE_MESSAGE, ".tensorflow.Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("tensorflow.Example"))


Example = example_class()


def records_of(path):
    with open(path, "rb") as file:
        while head := file.read(12):
            length, check = struct.unpack("<QI", head)
            assert check == masked(head[:8]), "checksum of a length"
            data = file.read(length)
            assert len(data) == length and struct.unpack("<I", file.read(4))[0] == masked(data), "checksum of a record"
            yield data


def examples_of(path):
    """A dictionary of features for each record; anything but an Example is an error."""
    for data in records_of(path):
        example = Example.FromString(data)
        assert not example.UnknownFields()
        yield dict(example.features.feature)
