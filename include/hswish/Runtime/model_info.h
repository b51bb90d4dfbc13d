/*===- model_info.h - What a compiled model says of itself --------*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef HSWISH_MODEL_INFO_H
#define HSWISH_MODEL_INFO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The value of hswish_model_info.abi that this header describes. A number
   higher by one means one more field at the end, nothing else. */
#define HSWISH_MODEL_ABI 2

/* A workspace must start at a multiple of this many bytes. */
#define HSWISH_WORKSPACE_ALIGNMENT 64

/* A model can be compiled for this many threads at most. */
#define HSWISH_MAX_THREADS 256

enum hswish_dtype {
  HSWISH_FLOAT32 = 1,
  HSWISH_FLOAT64 = 2,
  HSWISH_FLOAT16 = 3,
  HSWISH_BFLOAT16 = 4,
  HSWISH_INT64 = 5,
  HSWISH_INT32 = 6,
  HSWISH_INT16 = 7,
  HSWISH_INT8 = 8,
  HSWISH_UINT8 = 9,
  HSWISH_BOOL = 10,
  HSWISH_UINT16 = 11,
  HSWISH_UINT32 = 12,
  HSWISH_UINT64 = 13
};

/* What a run returns. */
enum hswish_status {
  HSWISH_OK = 0,
  HSWISH_NULL_POINTER = 1,
  HSWISH_MISALIGNED_WORKSPACE = 2,
  /* None of the targets that the model was compiled for. */
  HSWISH_UNSUPPORTED_CPU = 3
};

/* One input or output: dense, in C order. */
struct hswish_tensor_info {
  const char *name;
  const int64_t *shape;
  size_t bytes;
  int32_t rank;
  int32_t dtype; /* enum hswish_dtype */
};

struct hswish_model_info {
  int32_t abi; /* HSWISH_MODEL_ABI */
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_threads; /* that a run uses at most; 0: only the caller's */
  const char *name;
  const char *version; /* of the compiler */
  const char *target;  /* LLVM triple, a slash, cpu */
  const struct hswish_tensor_info *inputs;
  const struct hswish_tensor_info *outputs;
  size_t workspace_size; /* in bytes */
  /* Runs the model. Re-entrant as long as the workspaces are distinct. A run
     that comes while the model's threads are busy has the caller's only. */
  int (*invoke)(const void *const *inputs, void *const *outputs,
                void *workspace);
  /* Since abi 2: what hswish-compile --verify found, "verified: ...", or "not
     verified". */
  const char *verification;
};

/* One layer of a model that was compiled for profiling. */
struct hswish_layer_info {
  const char *name;      /* the ONNX node's */
  const char *kernel;    /* pointwise, depthwise, copy, ... */
  const char *signature; /* shapes and types, empty for what has no strategy */
  int64_t multiply_adds;
  int64_t bytes; /* of all operands, each counted once */
};

/* What hswish_get_profile() of such a model returns. */
struct hswish_profile {
  int64_t num_layers;
  const struct hswish_layer_info *layers;
  /* Nanoseconds of the last run: when layer i started, when the last ended. */
  const int64_t *stamps;
};

#ifdef __cplusplus
}
#endif

#endif /* HSWISH_MODEL_INFO_H */
