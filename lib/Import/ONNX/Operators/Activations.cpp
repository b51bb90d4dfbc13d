//===- Activations.cpp - Functions of one float -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"

#include "hswish/IR/HSwish.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

static Value makeRelu(Math m, Value x) { return m.max(x, m.num(x, 0)); }

static Value makeLeakyRelu(Math m, Value x, double alpha) {
  return m.select(m.less(x, m.num(x, 0)), m.mul(x, m.num(x, alpha)), x);
}

/// x where it is not negative, else scale * (exp(x / width) - 1).
static Value makeElu(Math m, Value x, double scale, double width = 1) {
  Value inner = width == 1 ? x : m.div(x, m.num(x, width));
  Value curve = m.mul(m.sub(m.exp(inner), m.num(x, 1)), m.num(x, scale));
  return m.select(m.less(x, m.num(x, 0)), curve, x);
}

/// ONNX defines HardSwish as x * HardSigmoid(x) with a slope of 1/6, and
/// HardSigmoid as the clamped line: the bits of accuracy<onnx>.
static Value makeHardSwish(Math m, Value x) {
  return HardSwishOp::create(m.node.b, m.node.loc, x, Accuracy::Onnx);
}

static Value makeHardSigmoid(Math m, Value x, double alpha, double beta) {
  // What other roundings of 1/6 mean is for the raising to decide.
  if (static_cast<float>(alpha) == 1.0f / 6 && beta == 0.5)
    return HardSigmoidOp::create(m.node.b, m.node.loc, x, Accuracy::Onnx);
  Value line = m.add(m.mul(x, m.num(x, alpha)), m.num(x, beta));
  return m.min(m.max(line, m.num(x, 0)), m.num(x, 1));
}

/// log(1 + exp(x)) without overflow.
static Value makeSoftplus(Math m, Value x) {
  Value tail = m.log1p(m.exp(m.neg(m.abs(x))));
  return m.add(m.max(x, m.num(x, 0)), tail);
}

static Value makeGelu(Math m, Value x) {
  Value erf = m.erf(m.mul(x, m.num(x, M_SQRT1_2)));
  return m.mul(m.mul(x, m.num(x, 0.5)), m.add(erf, m.num(x, 1)));
}

static Value makeTanhGelu(Math m, Value x) {
  Value cube = m.mul(m.mul(x, x), m.mul(x, m.num(x, 0.044715)));
  Value inner = m.mul(m.add(x, cube), m.num(x, std::sqrt(2 / M_PI)));
  return m.mul(m.mul(x, m.num(x, 0.5)), m.add(m.tanh(inner), m.num(x, 1)));
}

static Value makeClip(Math m, Value x, double low, double high) {
  if (low > -std::numeric_limits<float>::max())
    x = m.max(x, m.num(x, low));
  if (high < std::numeric_limits<float>::max())
    x = m.min(x, m.num(x, high));
  return x;
}

FailureOr<Value> onnx_import::makeActivation(Node &node, StringRef name,
                                             ArrayRef<double> parameters,
                                             Value x) {
  Math m{node};
  auto parameter = [&](unsigned i, double byDefault) {
    return i < parameters.size() ? parameters[i] : byDefault;
  };
  if (name == "Relu")
    return makeRelu(m, x);
  if (name == "LeakyRelu")
    return makeLeakyRelu(m, x, parameter(0, 0.01));
  if (name == "HardSigmoid")
    return makeHardSigmoid(m, x, parameter(0, 0.2), parameter(1, 0.5));
  if (name == "HardSwish")
    return makeHardSwish(m, x);
  if (name == "Sigmoid")
    return m.sigmoid(x);
  if (name == "Tanh")
    return m.tanh(x);
  if (name == "Clip")
    return makeClip(m, x, parameter(0, -INFINITY), parameter(1, INFINITY));
  return node.emitError() << "activation '" << name << "' is not supported";
}

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

/// An operator that is a formula of one float tensor.
template <Value (*formula)(Node &, Math, Value)>
static LogicalResult importFormula(Node &node) {
  if (!node.requireFloat(0))
    return failure();
  node.set(0, formula(node, Math{node}, node.value(0)));
  return success();
}

static Value relu(Node &, Math m, Value x) { return makeRelu(m, x); }
static Value leakyRelu(Node &node, Math m, Value x) {
  return makeLeakyRelu(m, x, node.getFloat("alpha", 0.01));
}
static Value thresholdedRelu(Node &node, Math m, Value x) {
  Value threshold = m.num(x, node.getFloat("alpha", 1));
  return m.select(m.greater(x, threshold), x, m.num(x, 0));
}
static Value elu(Node &node, Math m, Value x) {
  return makeElu(m, x, node.getFloat("alpha", 1));
}
static Value celu(Node &node, Math m, Value x) {
  double alpha = node.getFloat("alpha", 1);
  return makeElu(m, x, alpha, alpha);
}
static Value selu(Node &node, Math m, Value x) {
  double alpha = node.getFloat("alpha", 1.67326319217681884765625);
  double gamma = node.getFloat("gamma", 1.05070102214813232421875);
  return m.mul(makeElu(m, x, alpha), m.num(x, gamma));
}
static Value sigmoid(Node &, Math m, Value x) { return m.sigmoid(x); }
static Value hardSigmoid(Node &node, Math m, Value x) {
  return makeHardSigmoid(m, x, node.getFloat("alpha", 0.2),
                         node.getFloat("beta", 0.5));
}
static Value hardSwish(Node &, Math m, Value x) { return makeHardSwish(m, x); }
static Value swish(Node &node, Math m, Value x) {
  double alpha = node.getFloat("alpha", 1);
  if (alpha == 1)
    return SwishOp::create(node.b, node.loc, x);
  return m.mul(x, m.sigmoid(m.mul(x, m.num(x, alpha))));
}
static Value quickGelu(Node &node, Math m, Value x) {
  double alpha = node.getFloat("alpha", 1.702);
  return m.mul(x, m.sigmoid(m.mul(x, m.num(x, alpha))));
}
static Value gelu(Node &node, Math m, Value x) {
  return node.getString("approximate", "none") == "tanh" ? makeTanhGelu(m, x)
                                                         : makeGelu(m, x);
}
static Value mish(Node &, Math m, Value x) {
  return m.mul(x, m.tanh(makeSoftplus(m, x)));
}
static Value softplus(Node &, Math m, Value x) { return makeSoftplus(m, x); }
static Value softsign(Node &, Math m, Value x) {
  return m.div(x, m.add(m.abs(x), m.num(x, 1)));
}
static Value shrink(Node &node, Math m, Value x) {
  double bias = node.getFloat("bias", 0), lambd = node.getFloat("lambd", 0.5);
  Value right = m.select(m.greater(x, m.num(x, lambd)),
                         m.sub(x, m.num(x, bias)), m.num(x, 0));
  return m.select(m.less(x, m.num(x, -lambd)), m.add(x, m.num(x, bias)), right);
}

static LogicalResult importPRelu(Node &node) {
  if (!node.requireFloat(0) || !node.requireFloat(1))
    return failure();
  auto shape = broadcastShapes(node.shape(0), node.shape(1));
  if (!shape || *shape != node.in(0).shape)
    return node.emitError()
           << "slope of shape " << toString(node.shape(1))
           << " does not fit the input of shape " << toString(node.shape(0));
  Math m{node};
  Value x = node.value(0);
  Tensor slope = broadcast(node, node.in(1), *shape);
  node.set(0, m.select(m.less(x, m.num(x, 0)),
                       m.mul(x, node.materialize(slope)), x));
  return success();
}

//===----------------------------------------------------------------------===//
// Clip
//===----------------------------------------------------------------------===//

/// A bound: an attribute up to operator set 10, then an input.
static FailureOr<Value> getBound(Node &node, unsigned input, StringRef attr) {
  const Tensor &x = node.in(0);
  RankedTensorType type = node.getType(x.type, x.shape);
  if (node.opset < 11)
    return node.hasAttr(attr) ? node.splat(type, node.getFloat(attr, 0))
                              : Value();
  if (!node.hasInput(input))
    return Value();
  if (node.in(input).size() != 1 || node.in(input).type != x.type) {
    node.emitError() << attr << " must be one number of the input's type";
    return failure();
  }
  Tensor scalar = reshape(node, node.in(input), {});
  Tensor bound = broadcast(node, scalar, x.shape);
  return node.materialize(bound);
}

static LogicalResult importClip(Node &node) {
  DType type = node.in(0).type;
  // Only floats have bounds that are attributes.
  if ((type == DType::Bool || node.opset < 11) && !node.requireFloat(0))
    return failure();
  auto low = getBound(node, 1, "min"), high = getBound(node, 2, "max");
  if (failed(low) || failed(high))
    return failure();
  Math m{node};
  Value x = node.value(0);
  if (isFloat(type)) {
    x = *low ? m.max(x, *low) : x;
    x = *high ? m.min(x, *high) : x;
  } else if (isUnsigned(type)) {
    x = *low ? m.make<arith::MaxUIOp>({x, *low}) : x;
    x = *high ? m.make<arith::MinUIOp>({x, *high}) : x;
  } else {
    x = *low ? m.make<arith::MaxSIOp>({x, *low}) : x;
    x = *high ? m.make<arith::MinSIOp>({x, *high}) : x;
  }
  node.set(0, x);
  return success();
}

static LogicalResult importRelu(Node &node) {
  if (isFloat(node.in(0).type) || isUnsigned(node.in(0).type))
    return importFormula<relu>(node);
  Value x = node.value(0);
  node.set(0, arith::MaxSIOp::create(node.b, node.loc, x,
                                     node.splat(x.getType(), 0)));
  return success();
}

static const Handler handlers[] = {
    {"Celu", 1, 1, "alpha", importFormula<celu>},
    {"Clip", 1, 3, "min max", importClip},
    {"Elu", 1, 1, "alpha", importFormula<elu>},
    {"Gelu", 1, 1, "approximate", importFormula<gelu>},
    {"Gelu", 1, 1, "", importFormula<gelu>, "com.microsoft"},
    {"HardSigmoid", 1, 1, "alpha beta", importFormula<hardSigmoid>},
    {"HardSwish", 1, 1, "", importFormula<hardSwish>},
    {"LeakyRelu", 1, 1, "alpha", importFormula<leakyRelu>},
    {"Mish", 1, 1, "", importFormula<mish>},
    {"PRelu", 2, 2, "", importPRelu},
    {"QuickGelu", 1, 1, "alpha", importFormula<quickGelu>, "com.microsoft"},
    {"Relu", 1, 1, "", importRelu},
    {"Selu", 1, 1, "alpha gamma", importFormula<selu>},
    {"Shrink", 1, 1, "bias lambd", importFormula<shrink>},
    {"Sigmoid", 1, 1, "", importFormula<sigmoid>},
    {"Softplus", 1, 1, "", importFormula<softplus>},
    {"Softsign", 1, 1, "", importFormula<softsign>},
    {"Swish", 1, 1, "alpha", importFormula<swish>},
    {"ThresholdedRelu", 1, 1, "alpha", importFormula<thresholdedRelu>},
};

ArrayRef<Handler> onnx_import::getActivationHandlers() { return handlers; }
