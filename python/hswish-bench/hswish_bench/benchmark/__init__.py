"""Speed, side by side with other runtimes.

    hswish-bench                              # MobileNetV3-Large and -Small
    hswish-bench layers --plots pictures      # each of their layers alone
    hswish-bench all --write page.md

`hswish-bench --help` lists the modes. In all of them the answers are compared
with a reference before anything is timed, the runtimes take turns in random
order, and the median counts. Runtimes that are not installed are left out, and
it is said which.
"""
