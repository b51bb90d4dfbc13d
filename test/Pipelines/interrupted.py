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



def start(number, how):
    """hswish-compile, once it waits for the compiler."""
    started.unlink(missing_ok=True)
    set_up = lambda: signal.signal(number, how)
    process = subprocess.Popen(["hswish-compile", model, "-o", output], env=environment, preexec_fn=set_up)
    while not started.exists():
        time.sleep(0.01)
    return process


for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
    process = start(number, signal.SIG_DFL)
    assert any(temporary.iterdir())
    process.send_signal(number)
    assert process.wait(timeout=20) == -number, (number, process.returncode)
    time.sleep(1.5)  # until the compiler has ended, too
    assert not any(temporary.iterdir()), list(temporary.iterdir())
    assert not output.exists()

# Who is told to ignore a signal goes on.
for number in [signal.SIGINT, signal.SIGHUP]:
    process = start(number, signal.SIG_IGN)
    process.send_signal(number)
    assert process.wait(timeout=20) == 0, number
    assert output.read_text() == "late\n"
    assert not any(temporary.iterdir())
    output.unlink()
