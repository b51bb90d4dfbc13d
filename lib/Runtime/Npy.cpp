//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Runtime/Npy.h"

#include "hswish/Runtime/File.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace hswish;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace {
struct DType {
  hswish_dtype dtype;
  size_t size;
  StringRef name, descr;
};
} // namespace

/// NumPy has no bfloat16: it is written as the unsigned integers that hold it.
static const DType dtypes[] = {
    {HSWISH_FLOAT32, 4, "float32", "<f4"},
    {HSWISH_FLOAT64, 8, "float64", "<f8"},
    {HSWISH_FLOAT16, 2, "float16", "<f2"},
    {HSWISH_BFLOAT16, 2, "bfloat16", "<u2"},
    {HSWISH_INT64, 8, "int64", "<i8"},
    {HSWISH_INT32, 4, "int32", "<i4"},
    {HSWISH_INT16, 2, "int16", "<i2"},
    {HSWISH_INT8, 1, "int8", "|i1"},
    {HSWISH_UINT64, 8, "uint64", "<u8"},
    {HSWISH_UINT32, 4, "uint32", "<u4"},
    {HSWISH_UINT16, 2, "uint16", "<u2"},
    {HSWISH_UINT8, 1, "uint8", "|u1"},
    {HSWISH_BOOL, 1, "bool", "|b1"},
};

static const DType &lookup(hswish_dtype dtype) {
  for (const DType &entry : dtypes)
    if (entry.dtype == dtype)
      return entry;
  llvm_unreachable("unknown dtype");
}

size_t hswish::getElementSize(hswish_dtype dtype) { return lookup(dtype).size; }

StringRef hswish::getDTypeName(hswish_dtype dtype) {
  return lookup(dtype).name;
}

std::string hswish::formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

Array::Array(hswish_dtype dtype, ArrayRef<int64_t> shape)
    : dtype(dtype), shape(shape.begin(), shape.end()) {
  bytes.resize(getNumElements() * getElementSize(dtype));
}

int64_t Array::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

double Array::get(int64_t i) const {
  auto load = [&]<typename T>(T value) {
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    return value;
  };
  auto small = [&](const llvm::fltSemantics &semantics) {
    llvm::APFloat value(semantics, llvm::APInt(16, load(uint16_t())));
    bool losesInfo;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  };
  switch (dtype) {
  case HSWISH_FLOAT32:
    return load(float());
  case HSWISH_FLOAT64:
    return load(double());
  case HSWISH_FLOAT16:
    return small(llvm::APFloat::IEEEhalf());
  case HSWISH_BFLOAT16:
    return small(llvm::APFloat::BFloat());
  case HSWISH_INT64:
    return load(int64_t());
  case HSWISH_INT32:
    return load(int32_t());
  case HSWISH_INT16:
    return load(int16_t());
  case HSWISH_INT8:
    return load(int8_t());
  case HSWISH_UINT64:
    return load(uint64_t());
  case HSWISH_UINT32:
    return load(uint32_t());
  case HSWISH_UINT16:
    return load(uint16_t());
  case HSWISH_UINT8:
  case HSWISH_BOOL:
    return load(uint8_t());
  }
  llvm_unreachable("unknown dtype");
}

/// The text of `key`'s value in the Python dictionary of a header.
static std::optional<StringRef> findValue(StringRef header, StringRef key) {
  for (StringRef quote : {"'", "\""}) {
    size_t at = header.find((quote + key + quote).str());
    if (at == StringRef::npos)
      continue;
    StringRef rest = header.drop_front(at + key.size() + 2).ltrim();
    if (!rest.consume_front(":"))
      return std::nullopt;
    return rest.ltrim();
  }
  return std::nullopt;
}

/// (1, 3, 224, 224), (5,), ()
static bool parseShape(StringRef text, std::vector<int64_t> &shape) {
  if (!text.consume_front("("))
    return false;
  size_t end = text.find(')');
  if (end == StringRef::npos)
    return false;
  llvm::SmallVector<StringRef> parts;
  text.take_front(end).split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    int64_t size;
    part = part.trim();
    if (part.empty())
      continue;
    if (part.getAsInteger(10, size) || size < 0)
      return false;
    shape.push_back(size);
  }
  return true;
}

/// Type and shape from the header's dictionary; `expected` decides where one
/// spelling stands for two types.
static llvm::Error parseHeader(StringRef path, StringRef header,
                               hswish_dtype expected, Array &array) {
  auto descr = findValue(header, "descr"),
       order = findValue(header, "fortran_order"),
       shape = findValue(header, "shape");
  if (!descr || !order || !shape || descr->size() < 2 ||
      !parseShape(*shape, array.shape))
    return createStringError(path + ": broken .npy header");
  if (order->starts_with("True") && array.shape.size() > 1)
    return createStringError(path + ": the array is in Fortran order; save "
                                    "numpy.ascontiguousarray(array)");
  char quote = descr->front();
  StringRef name = descr->drop_front().take_until(
      [&](char c) { return c == quote || c == ','; });
  const DType *found = nullptr;
  for (const DType &entry : dtypes)
    if (name == entry.descr ||
        (entry.size == 1 &&
         name.drop_front(name.empty() ? 0 : 1) == entry.descr.drop_front()))
      if (!found || entry.dtype == expected)
        found = &entry;
  if (found) {
    array.dtype = found->dtype;
    return llvm::Error::success();
  }
  return createStringError(path + ": elements of type '" + name +
                           "' are not supported");
}

llvm::Expected<Array> hswish::readNpy(StringRef path, hswish_dtype expected) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError(file.getError(),
                             path + ": " + file.getError().message());
  StringRef text = (*file)->getBuffer();
  if (!text.consume_front("\x93NUMPY") || text.size() < 4)
    return createStringError(path + ": not a .npy file");
  unsigned major = static_cast<unsigned char>(text[0]);
  if (major < 1 || major > 3)
    return createStringError(path + ": .npy version " + Twine(major) +
                             " is not supported");
  size_t lengthSize = major == 1 ? 2 : 4;
  text = text.drop_front(2);
  if (text.size() < lengthSize)
    return createStringError(path + ": truncated .npy header");
  size_t length = major == 1 ? llvm::support::endian::read16le(text.data())
                             : llvm::support::endian::read32le(text.data());
  text = text.drop_front(lengthSize);
  if (text.size() < length)
    return createStringError(path + ": truncated .npy header");

  Array array;
  if (llvm::Error error =
          parseHeader(path, text.take_front(length), expected, array))
    return std::move(error);
  text = text.drop_front(length);
  // The file bounds the size: nothing is allocated for what it does not hold.
  uint64_t size = getElementSize(array.dtype);
  for (int64_t dim : array.shape) {
    bool overflow = false;
    size =
        llvm::SaturatingMultiply(size, static_cast<uint64_t>(dim), &overflow);
    if (overflow)
      return createStringError(path + ": shape " + formatShape(array.shape) +
                               " is too large");
  }
  if (size != text.size())
    return createStringError(
        path + ": shape " + formatShape(array.shape) + " needs " + Twine(size) +
        " bytes of data, but there are " + Twine(text.size()));
  array.bytes.assign(text.begin(), text.end());
  return array;
}

llvm::Error hswish::writeNpy(StringRef path, const Array &array) {
  std::string header = "{'descr': '" + lookup(array.dtype).descr.str() +
                       "', 'fortran_order': False, 'shape': (";
  for (int64_t size : array.shape)
    header += std::to_string(size) + ",";
  header += "), }";
  // Data starts at a multiple of 64 bytes.
  while ((header.size() + 11) % 64)
    header += ' ';
  header += '\n';
  return writeFile(path, [&](llvm::raw_ostream &stream) {
    stream << StringRef("\x93NUMPY\x01\x00", 8)
           << static_cast<char>(header.size() & 0xff)
           << static_cast<char>(header.size() >> 8) << header
           << StringRef(array.bytes.data(), array.bytes.size());
  });
}
