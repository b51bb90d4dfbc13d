import glob
import os
import platform
import shutil
import subprocess

import lit.formats
import lit.util
from lit.llvm import llvm_config

config.name = "HSWISH"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test", ".py"]
config.excludes = ["lit.cfg.py", "lit.site.cfg.py", "Inputs", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.hswish_obj_root, "test")

llvm_config.with_system_environment(["HOME", "TMP", "TEMP"])
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", config.hswish_tools_dir, append_path=True)
llvm_config.with_environment("FILECHECK_OPTS", "--enable-var-scope")

tool_dirs = [config.hswish_tools_dir, config.llvm_tools_dir]
tools = [
    "hswish-compile",
    "hswish-lsp-server",
    "hswish-opt",
    "hswish-translate",
    "hswish-run",
    "mlir-opt",
    "mlir-runner",
    "FileCheck",
    "not",
    "split-file",
    "llvm-mca",
    "llvm-objdump",
    "llvm-nm",
    "llvm-readelf",
]
llvm_config.add_tool_substitutions(tools, tool_dirs)
config.substitutions.append(("%python", config.hswish_test_python))
config.substitutions.append(("%hswish_src_root", config.hswish_src_root))
config.substitutions.append(("%hswish_obj_root", config.hswish_obj_root))
config.substitutions.append(("%pluginext", ".so"))
config.substitutions.append(("%hswish_lib_dir", config.hswish_lib_dir))
config.substitutions.append(("%hswish_tools_dir", config.hswish_tools_dir))
config.substitutions.append(("%llvm_tools_dir", config.llvm_tools_dir))


def imports(module):
    """Whether the Python for tests can import `module`."""
    command = [config.hswish_test_python, "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True).returncode == 0


# What this machine has beside the compiler itself.
for module in ["numpy", "onnx", "onnxruntime"]:
    if imports(module):
        config.available_features.add(module)
if shutil.which("qemu-aarch64") and os.path.exists("/usr/aarch64-linux-gnu/lib"):
    config.available_features.add("qemu-aarch64")
if shutil.which("qemu-x86_64"):
    config.available_features.add("qemu-x86_64")
if os.path.isdir("/usr/share/libonnx-testdata/data/node"):
    config.available_features.add("onnx-testdata")
if glob.glob(os.path.join(config.hswish_obj_root, "python", "hswish", "_compiler*")):
    config.available_features.add("hswish-python")
if platform.machine() == "x86_64":
    config.available_features.add("host-x86_64")

# Real networks are data beside the project, not part of it.
models = os.environ.get(
    "HSWISH_MODELS", os.path.join(config.hswish_src_root, "..", "shared", "models")
)
config.substitutions.append(("%models", models))
if os.path.isdir(models):
    config.available_features.add("models")
else:
    lit_config.note(f"no real networks in {models}: tests that need them are skipped")
