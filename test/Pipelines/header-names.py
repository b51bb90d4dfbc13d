# Whatever tensors and models are called, the header is C and C++, and says which
# is which.

# REQUIRES: onnx, host-x86_64
# RUN: rm -rf %t && mkdir %t
# RUN: %python %s %t %llvm_tools_dir/clang

import pathlib
import re
import subprocess
import sys

import onnx
from onnx import TensorProto, helper

folder, clang = pathlib.Path(sys.argv[1]), sys.argv[2]

# Words that C or C++ keep, macros of compilers and of headers, our own words,
# what is no identifier, what becomes the same, what is long.
NAMES = """not and or xor compl bitand not_eq bool true false class new this typename
concept requires co_await constexpr nullptr thread_local wchar_t asm inline restrict
_Bool _Alignas __func__ __LINE__ __FILE__ __linux__ __FILE linux unix i386 NULL EOF
errno stdin stdout assert offsetof INT_MAX int8_t size_t uint32_t I complex major
minor min max signals slots emit workspace workspace_ in_x out_x in out x net_run
HSWISH_OK hswish_dtype 1 0x1 9lives 1.5 é 输入 日本語 a.b a_b a:b a/b a_b_1 a_b_2 _ __ ___""".split()
NAMES += [" ", "\t", "\n", '"', "'", "\\", "*/", "/*", "??/", "//", "#define x", "x" * 5000, "x" * 5000 + "y", "😀"]

MODELS = """not int class 1st é 日本 model_info MODEL_INFO hswish hswish_model_info
hswish_model stdint a.b.c x-y NULL linux hswish_get hswish_get_model errno 中国""".split() + ["with space", "x" * 200]


def write(path, names):
    """Each input is negated into an output of nearly the same name."""
    values = lambda names: [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in names]
    outputs = [f"{name}'" for name in names]
    nodes = [helper.make_node("Neg", [x], [y]) for x, y in zip(names, outputs, strict=True)]
    graph = helper.make_graph(nodes, "g", values(names), values(outputs))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


def check(output, names):
    """The header in several languages and dialects, after headers with macros."""
    header = output.with_suffix(".h")
    text = header.read_text()
    prefix = re.search(r"size_t (\w+)_workspace_size", text).group(1)
    parameters = re.search(rf"int {re.escape(prefix)}_run\((.*?)\);", text, re.S).group(1)
    found = re.findall(r"\*(\w+)", parameters)
    assert len(set(found)) == len(found) == 2 * len(names) + 1, found
    includes = "assert complex errno float limits math stdbool stdio stdlib string sys/sysmacros".split()
    start = "".join(f"#include <{name}.h>\n" for name in includes)
    use = f"""#include "{header.name}"
#include "{header.name}"
const char *name(void) {{ return {prefix}_info()->name; }}
"""
    compilers = [
        (["-xc", "-std=c99", "-pedantic"], start), (["-xc", "-std=gnu17"], start), (["-xc", "-std=c2x"], start),
        (["-xc++", "-std=c++11"], start.replace("#include <complex.h>\n", "")),
        (["-xc++", "-std=gnu++20"], start),
    ]  # fmt: skip
    for flags, before in compilers:
        command = [clang, *flags, "-Wall", "-Wextra", "-Werror", "-iquote", folder, "-fsyntax-only", "-"]
        result = subprocess.run(command, input=before + use, text=True, capture_output=True)
        assert result.returncode == 0, (flags, header, result.stderr)
    return text


# No more at a time than become parameters.
text = ""
for start in range(0, len(NAMES), 60):
    names = NAMES[start : start + 60]
    write(folder / "names.onnx", names)
    subprocess.run(["hswish-compile", folder / "names.onnx", "-o", folder / "names.o"], check=True)
    text += check(folder / "names.o", names)
for parameter in ["in_not", "out_not_", "in_a_b", "in_a_b_1", "in_1", "in_1_5", "in___LINE__"]:
    assert re.search(rf"\*{parameter}\b", text), parameter

write(folder / "model.onnx", ["x"])
prefixes = set()
for name in MODELS:
    output = folder / f"{name}.o"
    subprocess.run(["hswish-compile", folder / "model.onnx", "-o", output], check=True)
    prefixes.add(re.search(r"size_t (\w+)_workspace_size", check(output, ["x"])).group(1))
assert len(prefixes) == len(MODELS), prefixes
