"""AArch64 programs under qemu's user mode, and how many instructions they execute.

emulator.py starts programs, with counter.c, a plug-in that counts. Programs put
marks where counting starts and ends: what they do before and after does not
matter. runners.py has the two kinds: our models, run by driver.c, and those of
other runtimes, run by guest.py in an AArch64 Python.
"""
