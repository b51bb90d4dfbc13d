//===- Tensor.h - A tensor of the graph that is imported --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_TENSOR_H
#define HSWISH_LIB_IMPORT_ONNX_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <memory>
#include <string>

namespace hswish::onnx_import {

using Shape = llvm::SmallVector<int64_t, 4>;

/// No tensor may have more elements: no real network has, and sizes then
/// multiply without overflow.
inline constexpr int64_t kMaxElements = int64_t(1) << 31;

/// Element types, with the numbers of onnx::TensorProto::DataType.
enum class DType : int32_t {
  Undefined = 0,
  F32 = 1,
  UI8 = 2,
  I8 = 3,
  UI16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  String = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  UI32 = 12,
  UI64 = 13,
  BF16 = 16,
};

/// Whether the importer knows tensors of this type.
bool isSupported(DType type);
bool isFloat(DType type);
bool isUnsigned(DType type);
/// Bytes of an element in a file and in `Tensor::bytes`.
unsigned getByteSize(DType type);
/// "f32", "ui8" …; for an unknown type its number.
std::string getName(DType type);
/// The type at the border of the function.
mlir::Type getBorderType(DType type, mlir::MLIRContext *context);
/// The type inside: f16 and bf16 networks are computed in f32, as ONNX Runtime
/// does on CPUs.
mlir::Type getInnerType(DType type, mlir::MLIRContext *context);

/// The number of elements, or nothing if a size is negative or the number is
/// above kMaxElements.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);
/// "1x3x224x224", or "scalar".
std::string toString(llvm::ArrayRef<int64_t> shape);
/// Elements to the next index of each dimension, row-major.
Shape getStrides(llvm::ArrayRef<int64_t> shape);

/// Immutable contents of a constant and what keeps them alive.
struct Bytes {
  llvm::ArrayRef<char> data;
  std::shared_ptr<void> owner;
};

/// A tensor of the graph: a value of the IR, a constant whose contents the
/// importer knows, or both.
struct Tensor {
  DType type = DType::Undefined;
  Shape shape;
  /// Null for a constant that no op has asked for yet.
  mlir::Value value;
  /// Little-endian, row-major; only for constants.
  std::shared_ptr<const Bytes> bytes;
  /// The op that made it could not be imported; that has been reported.
  bool poisoned = false;

  bool isConstant() const { return bytes != nullptr; }
  int64_t rank() const { return shape.size(); }
  int64_t size() const { return *countElements(shape); }
  /// Bytes of the value in the IR.
  int64_t getMemory() const {
    return size() * std::max(getByteSize(type), isFloat(type) ? 4u : 1u);
  }
  mlir::RankedTensorType getType(mlir::MLIRContext *context) const {
    return mlir::RankedTensorType::get(shape, getInnerType(type, context));
  }

  /// Contents of a constant, element by element.
  double getFloat(int64_t index) const;
  int64_t getInt(int64_t index) const;
  llvm::SmallVector<double> getFloats() const;
  llvm::SmallVector<int64_t> getInts() const;
  /// Whether all elements of this constant have the same bits.
  bool isSplat() const;

  static Tensor runtime(DType type, llvm::ArrayRef<int64_t> shape,
                        mlir::Value value);
  /// A constant with uninitialised contents, which `data` points to.
  static Tensor constant(DType type, llvm::ArrayRef<int64_t> shape,
                         llvm::MutableArrayRef<char> &data);
  static Tensor fromFloats(DType type, llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<double> values);
  static Tensor fromInts(DType type, llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<int64_t> values);
  /// The same contents under another shape.
  Tensor reshaped(llvm::ArrayRef<int64_t> newShape) const;
};

/// Writes one element of `type` at `to`, converted as Cast does.
void storeFloat(DType type, double value, char *to);
void storeInt(DType type, int64_t value, char *to);
void storeUnsigned(DType type, uint64_t value, char *to);

/// The arith.constant's value for a constant tensor.
mlir::DenseElementsAttr getElements(const Tensor &tensor,
                                    mlir::MLIRContext *context);

/// A constant whose element at index i is `from`'s at
/// offset + sum over d of i[d] * strides[d].
Tensor copyStrided(const Tensor &from, llvm::ArrayRef<int64_t> shape,
                   int64_t offset, llvm::ArrayRef<int64_t> strides);

/// A constant of the broadcast shape.
Tensor broadcastConstant(const Tensor &tensor, llvm::ArrayRef<int64_t> shape);

/// The shape that two or more shapes broadcast to, or nothing.
std::optional<Shape> broadcastShapes(llvm::ArrayRef<int64_t> a,
                                     llvm::ArrayRef<int64_t> b);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_TENSOR_H
