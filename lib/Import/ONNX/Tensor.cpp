//===- Tensor.cpp - Constants and their contents ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/APSInt.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

bool onnx_import::isSupported(DType type) { return getByteSize(type) != 0; }

bool onnx_import::isFloat(DType type) {
  return type == DType::F32 || type == DType::F16 || type == DType::BF16 ||
         type == DType::F64;
}

bool onnx_import::isUnsigned(DType type) {
  return type == DType::UI8 || type == DType::UI16 || type == DType::UI32 ||
         type == DType::UI64 || type == DType::Bool;
}

unsigned onnx_import::getByteSize(DType type) {
  switch (type) {
  case DType::UI8:
  case DType::I8:
  case DType::Bool:
    return 1;
  case DType::UI16:
  case DType::I16:
  case DType::F16:
  case DType::BF16:
    return 2;
  case DType::F32:
  case DType::I32:
  case DType::UI32:
    return 4;
  case DType::F64:
  case DType::I64:
  case DType::UI64:
    return 8;
  default:
    return 0;
  }
}

std::string onnx_import::getName(DType type) {
  // By the numbers of TensorProto::DataType.
  static constexpr llvm::StringLiteral names[] = {
      "undefined",  "f32",    "ui8",        "i8",         "ui16", "i16",
      "i32",        "i64",    "string",     "bool",       "f16",  "f64",
      "ui32",       "ui64",   "complex64",  "complex128", "bf16", "f8E4M3FN",
      "f8E4M3FNUZ", "f8E5M2", "f8E5M2FNUZ", "ui4",        "i4",   "f4E2M1",
      "f8E8M0",     "ui2",    "i2"};
  auto number = static_cast<int32_t>(type);
  if (number >= 0 && number < static_cast<int32_t>(std::size(names)))
    return names[number].str();
  return "number " + std::to_string(number);
}

Type onnx_import::getBorderType(DType type, MLIRContext *context) {
  switch (type) {
  case DType::F16:
    return Float16Type::get(context);
  case DType::BF16:
    return BFloat16Type::get(context);
  case DType::F32:
    return Float32Type::get(context);
  case DType::F64:
    return Float64Type::get(context);
  case DType::Bool:
    return IntegerType::get(context, 1);
  default:
    return IntegerType::get(context, 8 * getByteSize(type));
  }
}

Type onnx_import::getInnerType(DType type, MLIRContext *context) {
  if (type == DType::F16 || type == DType::BF16)
    return Float32Type::get(context);
  return getBorderType(type, context);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

std::optional<int64_t> onnx_import::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  bool isEmpty = false;
  for (int64_t size : shape) {
    if (size < 0 || size > kMaxElements)
      return std::nullopt;
    isEmpty |= size == 0;
    count *= std::max<int64_t>(size, 1);
    if (count > kMaxElements)
      return std::nullopt;
  }
  return isEmpty ? 0 : count;
}

std::string onnx_import::toString(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, "x");
  return text;
}

Shape onnx_import::getStrides(ArrayRef<int64_t> shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (int64_t i = static_cast<int64_t>(shape.size()) - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

Tensor onnx_import::broadcastConstant(const Tensor &tensor,
                                      ArrayRef<int64_t> shape) {
  Shape old = onnx_import::getStrides(tensor.shape), strides(shape.size(), 0);
  size_t offset = shape.size() - old.size();
  for (size_t i = 0; i < old.size(); ++i)
    strides[offset + i] = tensor.shape[i] == 1 ? 0 : old[i];
  return copyStrided(tensor, shape, 0, strides);
}

std::optional<Shape> onnx_import::broadcastShapes(ArrayRef<int64_t> a,
                                                  ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a);
  size_t offset = a.size() - b.size();
  for (auto [i, size] : llvm::enumerate(b)) {
    int64_t &out = result[offset + i];
    if (out == 1)
      out = size;
    else if (size != 1 && size != out)
      return std::nullopt;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

template <typename T>
static T load(const char *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T>
static void store(T value, char *to) {
  std::memcpy(to, &value, sizeof(T));
}

static double loadHalf(const char *from, const llvm::fltSemantics &semantics) {
  llvm::APFloat value(semantics, APInt(16, load<uint16_t>(from)));
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static void storeHalf(double value, const llvm::fltSemantics &semantics,
                      char *to) {
  llvm::APFloat half(value);
  bool losesInfo;
  half.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  store<uint16_t>(half.bitcastToAPInt().getZExtValue(), to);
}

double Tensor::getFloat(int64_t index) const {
  const char *from = bytes->data.data() + index * getByteSize(type);
  switch (type) {
  case DType::F32:
    return load<float>(from);
  case DType::F64:
    return load<double>(from);
  case DType::F16:
    return loadHalf(from, llvm::APFloat::IEEEhalf());
  case DType::BF16:
    return loadHalf(from, llvm::APFloat::BFloat());
  case DType::UI64:
    return load<uint64_t>(from);
  default:
    return getInt(index);
  }
}

/// As C's conversion, but defined for all values: saturating, NaN gives 0.
static int64_t truncate(double value, unsigned width = 64,
                        bool isUnsigned = false) {
  llvm::APSInt result(width, isUnsigned);
  bool isExact;
  llvm::APFloat(value).convertToInteger(result, llvm::APFloat::rmTowardZero,
                                        &isExact);
  return isUnsigned ? static_cast<int64_t>(result.getZExtValue())
                    : result.getSExtValue();
}

int64_t Tensor::getInt(int64_t index) const {
  const char *from = bytes->data.data() + index * getByteSize(type);
  switch (type) {
  case DType::UI8:
    return load<uint8_t>(from);
  case DType::I8:
    return load<int8_t>(from);
  case DType::Bool:
    return load<uint8_t>(from) != 0;
  case DType::UI16:
    return load<uint16_t>(from);
  case DType::I16:
    return load<int16_t>(from);
  case DType::I32:
    return load<int32_t>(from);
  case DType::UI32:
    return load<uint32_t>(from);
  case DType::I64:
  case DType::UI64:
    return load<int64_t>(from);
  default:
    return truncate(getFloat(index));
  }
}

llvm::SmallVector<double> Tensor::getFloats() const {
  llvm::SmallVector<double> values(size());
  for (int64_t i = 0, e = values.size(); i < e; ++i)
    values[i] = getFloat(i);
  return values;
}

llvm::SmallVector<int64_t> Tensor::getInts() const {
  llvm::SmallVector<int64_t> values(size());
  for (int64_t i = 0, e = values.size(); i < e; ++i)
    values[i] = getInt(i);
  return values;
}

bool Tensor::isSplat() const {
  size_t step = getByteSize(type);
  ArrayRef<char> data = bytes->data;
  // All equal if equal to itself moved by one element.
  return data.size() <= step ||
         std::memcmp(data.data(), data.data() + step, data.size() - step) == 0;
}

void onnx_import::storeFloat(DType type, double value, char *to) {
  switch (type) {
  case DType::F32:
    return store<float>(value, to);
  case DType::F64:
    return store<double>(value, to);
  case DType::F16:
    return storeHalf(value, llvm::APFloat::IEEEhalf(), to);
  case DType::BF16:
    return storeHalf(value, llvm::APFloat::BFloat(), to);
  case DType::Bool:
    return store<uint8_t>(value != 0, to);
  default:
    return storeInt(
        type, truncate(value, 8 * getByteSize(type), isUnsigned(type)), to);
  }
}

void onnx_import::storeInt(DType type, int64_t value, char *to) {
  switch (type) {
  case DType::Bool:
    return store<uint8_t>(value != 0, to);
  case DType::F32: // In one step: by f64 it would be rounded twice.
    return store<float>(static_cast<float>(value), to);
  case DType::F64:
  case DType::F16:
  case DType::BF16:
    return storeFloat(type, value, to);
  default:
    // Little-endian: the low bytes come first.
    std::memcpy(to, &value, getByteSize(type));
  }
}

void onnx_import::storeUnsigned(DType type, uint64_t value, char *to) {
  if (type == DType::F32)
    return store<float>(static_cast<float>(value), to);
  if (isFloat(type))
    return storeFloat(type, static_cast<double>(value), to);
  storeInt(type, static_cast<int64_t>(value), to);
}

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

Tensor Tensor::runtime(DType type, ArrayRef<int64_t> shape, Value value) {
  Tensor tensor;
  tensor.type = type;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.value = value;
  return tensor;
}

Tensor Tensor::constant(DType type, ArrayRef<int64_t> shape,
                        MutableArrayRef<char> &data) {
  Tensor tensor = runtime(type, shape, {});
  size_t size = tensor.size() * getByteSize(type);
  std::shared_ptr<char[]> storage(new char[size]);
  data = {storage.get(), size};
  tensor.bytes = std::make_shared<Bytes>(Bytes{data, storage});
  return tensor;
}

Tensor Tensor::fromFloats(DType type, ArrayRef<int64_t> shape,
                          ArrayRef<double> values) {
  MutableArrayRef<char> data;
  Tensor tensor = constant(type, shape, data);
  for (auto [i, value] : llvm::enumerate(values))
    storeFloat(type, value, data.data() + i * getByteSize(type));
  return tensor;
}

Tensor Tensor::fromInts(DType type, ArrayRef<int64_t> shape,
                        ArrayRef<int64_t> values) {
  MutableArrayRef<char> data;
  Tensor tensor = constant(type, shape, data);
  for (auto [i, value] : llvm::enumerate(values))
    storeInt(type, value, data.data() + i * getByteSize(type));
  return tensor;
}

Tensor Tensor::reshaped(ArrayRef<int64_t> newShape) const {
  Tensor tensor = *this;
  tensor.shape.assign(newShape.begin(), newShape.end());
  if (newShape != ArrayRef<int64_t>(shape))
    tensor.value = {};
  return tensor;
}

DenseElementsAttr onnx_import::getElements(const Tensor &tensor,
                                           MLIRContext *context) {
  RankedTensorType type = tensor.getType(context);
  if (tensor.type == DType::Bool) {
    SmallVector<bool> values;
    for (char byte : tensor.bytes->data)
      values.push_back(byte != 0);
    return DenseElementsAttr::get(type, ArrayRef<bool>(values));
  }
  if (tensor.type == DType::F16 || tensor.type == DType::BF16) {
    SmallVector<float> values(tensor.size());
    for (auto [i, value] : llvm::enumerate(values))
      value = tensor.getFloat(i);
    return DenseElementsAttr::get(type, ArrayRef<float>(values));
  }
  if (tensor.isSplat() && tensor.size() > 0)
    return DenseElementsAttr::getFromRawBuffer(
        type, tensor.bytes->data.take_front(getByteSize(tensor.type)));
  return DenseElementsAttr::getFromRawBuffer(type, tensor.bytes->data);
}

Tensor onnx_import::copyStrided(const Tensor &from, ArrayRef<int64_t> shape,
                                int64_t offset, ArrayRef<int64_t> strides) {
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(from.type, shape, data);
  int64_t count = result.size(), rank = shape.size();
  size_t step = getByteSize(from.type);
  const char *source = from.bytes->data.data();
  char *to = data.data();
  Shape index(shape.size(), 0);
  for (int64_t i = 0; i < count; ++i, to += step) {
    std::memcpy(to, source + offset * step, step);
    for (int64_t d = rank - 1; d >= 0; --d) {
      offset += strides[d];
      if (++index[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return result;
}
