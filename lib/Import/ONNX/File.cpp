//===- File.cpp - Models and tensors of ONNX files ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/stubs/logging.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <climits>
#include <cstring>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// `name` with escapes instead of what would tear a message or a comment apart,
/// or is no text at all.
static std::string escape(StringRef name) {
  if (llvm::json::isUTF8(name) && llvm::none_of(name, [](char c) {
        return llvm::isASCII(c) && !llvm::isPrint(c);
      }))
    return name.str();
  std::string text;
  llvm::raw_string_ostream(text).write_escaped(name, /*UseHexEscapes=*/true);
  return text;
}

/// The names of nodes, values and all else that is a string in a model.
static void escapeNames(Message &message) {
  const google::protobuf::Reflection &reflection = *message.GetReflection();
  std::vector<const FieldDescriptor *> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor *field : fields) {
    bool isRepeated = field->is_repeated();
    int count = isRepeated ? reflection.FieldSize(message, field) : 1;
    if (field->type() != FieldDescriptor::TYPE_MESSAGE &&
        field->type() != FieldDescriptor::TYPE_STRING)
      continue; // numbers, and strings that are values
    for (int i = 0; i < count; ++i) {
      if (field->type() == FieldDescriptor::TYPE_MESSAGE)
        escapeNames(isRepeated
                        ? *reflection.MutableRepeatedMessage(&message, field, i)
                        : *reflection.MutableMessage(&message, field));
      else if (isRepeated)
        reflection.SetRepeatedString(
            &message, field, i,
            escape(reflection.GetRepeatedString(message, field, i)));
      else
        reflection.SetString(&message, field,
                             escape(reflection.GetString(message, field)));
    }
  }
}

/// What a file is that is called .onnx by mistake; empty if that is not known.
static StringRef recognize(StringRef contents) {
  struct Format {
    size_t offset;
    StringLiteral magic, what;
  };
  static constexpr Format formats[] = {
      {0, "version https://git-lfs.github.com/spec/",
       "a pointer of Git LFS to a model that was not fetched: run git lfs "
       "pull"},
      {0, "<!doctype html", "a page of HTML: the download failed"},
      {0, "<html", "a page of HTML: the download failed"},
      {0, "ir_version:", "the text of an ONNX model: store it in binary form"},
      {0, "PK\x03\x04", "a ZIP archive, as PyTorch's models are: export them"},
      {0, "\x1f\x8b", "compressed by gzip: unpack it"},
      {0, "\x89HDF", "a file of HDF5, as Keras's models are: export them"},
      {4, "TFL3", "a model of TensorFlow Lite: export it to ONNX"},
      {4, "ORTM", "a model in ONNX Runtime's own format: use the .onnx file"},
  };
  for (const Format &format : formats) {
    // Text may start with blanks or a byte order mark, and in capitals.
    StringRef text = contents;
    text.consume_front("\xef\xbb\xbf");
    text = format.offset
               ? contents.drop_front(std::min(format.offset, contents.size()))
               : text.ltrim();
    if (text.starts_with_insensitive(format.magic))
      return format.what;
  }
  return "";
}

LogicalResult onnx_import::parseModel(llvm::MemoryBufferRef buffer,
                                      onnx::ModelProto &model, Location loc) {
  if (buffer.getBufferSize() == 0)
    return emitError(loc, "the file is empty");
  if (buffer.getBufferSize() >= INT_MAX)
    return emitError(loc, "the file has 2 GB or more, which protobuf cannot "
                          "read: store its weights as external data");
  google::protobuf::LogSilencer silence;
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>(buffer.getBufferStart()),
      static_cast<int>(buffer.getBufferSize()));
  stream.SetTotalBytesLimit(INT_MAX);
  bool isParsed =
      model.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
  if (!isParsed || !model.has_graph())
    if (StringRef what = recognize(buffer.getBuffer()); !what.empty())
      return emitError(loc, "not an ONNX model but " + what);
  if (!isParsed)
    return emitError(loc, "not an ONNX model, or truncated or damaged: "
                          "protobuf cannot read it");
  if (!model.has_graph())
    return emitError(loc, "not an ONNX model: it has no graph");
  escapeNames(model);
  return success();
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

namespace {
/// Where the contents of a tensor lie outside of the model.
struct ExternalData {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};
} // namespace

static FailureOr<ExternalData> getExternalData(const TensorProto &proto,
                                               ErrorEmitter emitError) {
  ExternalData data;
  for (const onnx::StringStringEntryProto &entry : proto.external_data()) {
    uint64_t number = 0;
    bool isNumber = entry.key() == "offset" || entry.key() == "length";
    if (isNumber && StringRef(entry.value()).getAsInteger(10, number))
      return emitError() << "tensor '" << proto.name() << "' has the "
                         << entry.key() << " '" << entry.value()
                         << "', which is no number";
    if (entry.key() == "location")
      data.location = entry.value();
    else if (entry.key() == "offset")
      data.offset = number;
    else if (entry.key() == "length")
      data.length = number;
  }
  return data;
}

/// The path of external data, which must lie in the model's folder, symbolic
/// links followed.
static FailureOr<std::string> resolve(StringRef location, StringRef directory,
                                      ErrorEmitter emitError) {
  auto outside = [&]() -> LogicalResult {
    return emitError() << "external data '" << location
                       << "' lies outside of the model's folder";
  };
  if (location.empty() || location.contains('\0') ||
      llvm::sys::path::is_absolute(location))
    return outside();
  for (StringRef part : llvm::make_range(llvm::sys::path::begin(location),
                                         llvm::sys::path::end(location)))
    if (part == "..")
      return outside();
  SmallString<256> path(directory), real, realDirectory;
  llvm::sys::path::append(path, location);
  std::error_code error = llvm::sys::fs::real_path(path, real);
  if (!error)
    error = llvm::sys::fs::real_path(directory, realDirectory);
  if (error)
    return emitError() << "cannot open external data '" << location
                       << "': " << error.message();
  if (!realDirectory.ends_with("/"))
    realDirectory += "/";
  if (!real.starts_with(realDirectory))
    return outside();
  if (!llvm::sys::fs::is_regular_file(real))
    return emitError() << "external data '" << location << "' is no file";
  return std::string(real);
}

static FailureOr<Bytes> readExternal(const TensorProto &proto, size_t size,
                                     StringRef directory,
                                     ErrorEmitter emitError) {
  auto data = getExternalData(proto, emitError);
  if (failed(data))
    return failure();
  auto path = resolve(data->location, directory, emitError);
  if (failed(path))
    return failure();
  uint64_t fileSize = 0;
  if (std::error_code error = llvm::sys::fs::file_size(*path, fileSize))
    return emitError() << "cannot read external data '" << data->location
                       << "': " << error.message();
  uint64_t length = data->length.value_or(size);
  if (length != size)
    return emitError() << "tensor '" << proto.name() << "' needs " << size
                       << " bytes but its external data has " << length;
  if (data->offset > fileSize || length > fileSize - data->offset)
    return emitError() << "tensor '" << proto.name() << "' reaches to byte "
                       << data->offset << " + " << length << " of '"
                       << data->location << "', which has " << fileSize;
  if (size == 0)
    return Bytes();
  auto buffer = llvm::MemoryBuffer::getFileSlice(*path, length, data->offset);
  if (!buffer)
    return emitError() << "cannot read external data '" << data->location
                       << "': " << buffer.getError().message();
  std::shared_ptr<llvm::MemoryBuffer> owner = std::move(*buffer);
  return Bytes{ArrayRef<char>(owner->getBufferStart(), size), owner};
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Copies a typed field of the proto, converting from its element type, which
/// is wider than the tensor's for small integers and the bits of f16.
template <typename To, typename Field>
static void copyField(const Field &field, MutableArrayRef<char> data) {
  for (auto [i, value] : llvm::enumerate(field)) {
    To narrow = static_cast<To>(value);
    std::memcpy(data.data() + i * sizeof(To), &narrow, sizeof(To));
  }
}

static int getFieldSize(const TensorProto &proto, DType type) {
  switch (type) {
  case DType::F32:
    return proto.float_data_size();
  case DType::F64:
    return proto.double_data_size();
  case DType::I64:
    return proto.int64_data_size();
  case DType::UI32:
  case DType::UI64:
    return proto.uint64_data_size();
  default:
    return proto.int32_data_size();
  }
}

static void copyFields(const TensorProto &proto, DType type,
                       MutableArrayRef<char> data) {
  switch (type) {
  case DType::F32:
    return copyField<float>(proto.float_data(), data);
  case DType::F64:
    return copyField<double>(proto.double_data(), data);
  case DType::I64:
    return copyField<int64_t>(proto.int64_data(), data);
  case DType::UI32:
    return copyField<uint32_t>(proto.uint64_data(), data);
  case DType::UI64:
    return copyField<uint64_t>(proto.uint64_data(), data);
  default:
    break;
  }
  switch (getByteSize(type)) {
  case 1:
    return copyField<uint8_t>(proto.int32_data(), data);
  case 2:
    return copyField<uint16_t>(proto.int32_data(), data);
  default:
    return copyField<int32_t>(proto.int32_data(), data);
  }
}

FailureOr<Tensor> onnx_import::readTensor(const TensorProto &proto,
                                          StringRef directory,
                                          ErrorEmitter emitError) {
  auto type = static_cast<DType>(proto.data_type());
  if (!isSupported(type))
    return emitError() << "tensor '" << proto.name()
                       << "' has elements of the unsupported type "
                       << getName(type);
  Shape shape(proto.dims().begin(), proto.dims().end());
  auto count = countElements(shape);
  if (!count || shape.size() > 64)
    return emitError() << "tensor '" << proto.name() << "' has the shape "
                       << toString(shape)
                       << ", which is negative or above the limit of "
                       << kMaxElements << " elements";
  size_t size = *count * getByteSize(type);
  Tensor tensor = Tensor::runtime(type, shape, {});
  if (proto.data_location() == TensorProto::EXTERNAL) {
    auto bytes = readExternal(proto, size, directory, emitError);
    if (failed(bytes))
      return failure();
    tensor.bytes = std::make_shared<Bytes>(*bytes);
    return tensor;
  }
  if (proto.has_raw_data()) {
    const std::string &raw = proto.raw_data();
    if (raw.size() != size)
      return emitError() << "tensor '" << proto.name() << "' of shape "
                         << toString(shape) << " needs " << size
                         << " bytes but has " << raw.size();
    // The model outlives the import.
    tensor.bytes =
        std::make_shared<Bytes>(Bytes{{raw.data(), raw.size()}, nullptr});
    return tensor;
  }
  if (getFieldSize(proto, type) != *count)
    return emitError() << "tensor '" << proto.name() << "' of shape "
                       << toString(shape) << " needs " << *count
                       << " elements but has " << getFieldSize(proto, type);
  MutableArrayRef<char> data;
  tensor = Tensor::constant(type, shape, data);
  copyFields(proto, type, data);
  return tensor;
}
