//===- Numbers.cpp - Numbers with what each may be off by -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Reference/Numbers.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace hswish;

Rounding Rounding::get(Type element) {
  auto type = dyn_cast<FloatType>(element);
  if (!type)
    return {};
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  Rounding rounding;
  rounding.unit = std::ldexp(1.0, -static_cast<int>(type.getFPMantissaWidth()));
  // The reference itself is no better than f64.
  if (type.isF64())
    rounding.unit *= 2;
  bool losesInfo;
  auto toDouble = [&](APFloat value) {
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return value.convertToDouble();
  };
  rounding.least = toDouble(APFloat::getSmallest(semantics));
  rounding.most = toDouble(APFloat::getLargest(semantics));
  return rounding;
}

double hswish::roundTo(Type element, double value) {
  if (element.isF64())
    return value;
  if (element.isF32())
    return static_cast<float>(value);
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(cast<FloatType>(element).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
  rounded.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.convertToDouble();
}

int64_t hswish::wrapTo(Type element, int64_t value) {
  unsigned width = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  if (width == 1)
    return value & 1;
  return width == 64 ? value : llvm::SignExtend64(value, width);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Numbers::Numbers(Type type, size_t size) : type(type), errors(size, 0.0) {
  if (isFloat())
    values.assign(size, 0.0);
  else
    integers.assign(size, 0);
}

bool Numbers::isExact() const {
  return llvm::all_of(errors, [](double error) { return error == 0; });
}

void Numbers::setAll(const Attribute &scalar) {
  if (auto number = dyn_cast<FloatAttr>(scalar))
    llvm::fill(values, number.getValueAsDouble());
  else if (auto number = dyn_cast<IntegerAttr>(scalar))
    llvm::fill(integers, wrapTo(type, number.getValue().getSExtValue()));
}

void Numbers::copy(size_t i, const Numbers &from, size_t j, size_t count) {
  std::copy_n(from.errors.begin() + j, count, errors.begin() + i);
  if (isFloat())
    std::copy_n(from.values.begin() + j, count, values.begin() + i);
  else
    std::copy_n(from.integers.begin() + j, count, integers.begin() + i);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

NumberTensor::NumberTensor(RankedTensorType type)
    : shape(type.getShape()),
      numbers(type.getElementType(), type.getNumElements()) {}

SmallVector<int64_t> NumberTensor::getStrides() const {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

/// Reads an element that takes whole bytes.
static void readElement(Numbers &numbers, size_t i, const char *bytes,
                        size_t size) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, size);
  if (!numbers.isFloat()) {
    numbers.integers[i] = wrapTo(numbers.type, static_cast<int64_t>(bits));
    return;
  }
  auto type = cast<FloatType>(numbers.type);
  APFloat value(type.getFloatSemantics(), APInt(type.getWidth(), bits));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  numbers.values[i] = value.convertToDouble();
}

static size_t getNumBytes(Type element) {
  return element.isIndex()
             ? 8
             : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

NumberTensor NumberTensor::read(RankedTensorType type, const char *bytes) {
  NumberTensor tensor(type);
  Numbers &numbers = tensor.numbers;
  if (numbers.type.isF32()) {
    for (size_t i = 0, e = numbers.size(); i < e; ++i) {
      float value;
      std::memcpy(&value, bytes + 4 * i, 4);
      numbers.values[i] = value;
    }
    return tensor;
  }
  size_t size = ::getNumBytes(numbers.type);
  for (size_t i = 0, e = numbers.size(); i < e; ++i)
    readElement(numbers, i, bytes + size * i, size);
  return tensor;
}

std::vector<char> NumberTensor::write() const {
  size_t size = ::getNumBytes(numbers.type);
  std::vector<char> bytes(size * numbers.size());
  if (numbers.type.isF32()) {
    for (size_t i = 0, e = numbers.size(); i < e; ++i) {
      auto value = static_cast<float>(numbers.values[i]);
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    return bytes;
  }
  for (size_t i = 0, e = numbers.size(); i < e; ++i) {
    uint64_t bits;
    if (numbers.isFloat()) {
      APFloat value(numbers.values[i]);
      bool losesInfo;
      value.convert(cast<FloatType>(numbers.type).getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &losesInfo);
      bits = value.bitcastToAPInt().getZExtValue();
    } else {
      bits = static_cast<uint64_t>(numbers.integers[i]);
    }
    std::memcpy(bytes.data() + size * i, &bits, size);
  }
  return bytes;
}

std::optional<NumberTensor> NumberTensor::get(ElementsAttr attr) {
  auto type = dyn_cast<RankedTensorType>(attr.getShapedType());
  if (!type || !type.hasStaticShape() ||
      !type.getElementType().isIntOrIndexOrFloat())
    return std::nullopt;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || type.getElementTypeBitWidth() % 8 != 0)
      return std::nullopt;
    return read(type, blob->getData().data());
  }
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return std::nullopt;
  NumberTensor tensor(type);
  if (dense.isSplat()) {
    tensor.numbers.setAll(dense.getSplatValue<Attribute>());
    return tensor;
  }
  if (type.getElementType().isInteger(1)) {
    for (auto [i, value] : llvm::enumerate(dense.getValues<bool>()))
      tensor.numbers.integers[i] = value;
    return tensor;
  }
  return read(type, dense.getRawData().data());
}
