# A compilation that a signal ends while a program is linked leaves nothing, and
# ends as that signal ends programs.

# REQUIRES: host-x86_64
# RUN: rm -rf %t && mkdir -p %t/tmp
# RUN: %python %s %t %S/../Target/Inputs/relu6.mlir

import os
import pathlib
import signal
import stat
import subprocess
import sys
import time

folder, model = pathlib.Path(sys.argv[1]), sys.argv[2]
temporary, started, output = folder / "tmp", folder / "started", folder / "program"

# A C compiler that takes its time, and then writes where it was told to.
compiler = folder / "cc"
compiler.write_text(f"""#!/bin/sh
touch {started}
sleep 1
while [ "$1" != -o ]; do shift; done
echo late > "$2"
""")
compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
environment = os.environ | {"CC": str(compiler), "TMPDIR": str(temporary)}

for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
    started.unlink(missing_ok=True)
    process = subprocess.Popen(["hswish-compile", model, "-o", output], env=environment)
    while not started.exists():
        time.sleep(0.01)
    assert any(temporary.iterdir())
    process.send_signal(number)
    assert process.wait(timeout=20) == -number, process.returncode
    time.sleep(1.5)  # until the compiler has ended, too
    assert not any(temporary.iterdir()), list(temporary.iterdir())
    assert not output.exists()

# Who ignores a signal goes on.
started.unlink(missing_ok=True)
ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
process = subprocess.Popen(["hswish-compile", model, "-o", output], env=environment, preexec_fn=ignore)
while not started.exists():
    time.sleep(0.01)
process.send_signal(signal.SIGHUP)
process.wait(timeout=20)
assert process.returncode == 0 and output.read_text() == "late\n"
assert not any(temporary.iterdir())
