# RUN: env PYTHONPATH=%S/../../Inputs %python %s hswish-opt
"""Every spelling of h-swish, crossed with everything that may differ in it.

Spelling x operand order x clamp x constant shape x type x level, and the near
misses in the same crossings, are written as functions of a few modules
(test/Inputs/spellings); `hswish-opt --hswish-raise` must find exactly one
activation of the argument in each of the former and none in the latter, and say
why not. Needs Python's standard library only. `--print NAME` prints one function
before and after.
"""

import argparse
import itertools
import sys

from spellings.case import find_failures, run
from spellings.casts import generate_casts
from spellings.conversions import generate_conversions
from spellings.crossings import generate_crossings, generate_mutations
from spellings.others import generate_others
from spellings.sixths import generate_sixths
from spellings.uses import generate_uses


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("--print", help="print this function before and after")
    options = parser.parse_args()

    cases = list(
        itertools.chain(
            generate_crossings(),
            generate_mutations(),
            generate_sixths(),
            generate_uses(),
            generate_conversions(),
            generate_casts(),
            generate_others(),
        )
    )
    if options.print:
        for case in cases:
            if case.name == options.print:
                output, remarks = run(options.tool, case.text)
                print(case.text, output, *remarks, sep="\n")
        return
    failures = list(find_failures(options.tool, cases))
    positive = sum(bool(case.found) for case in cases)
    print(
        f"{len(cases)} functions: {positive} spellings, {len(cases) - positive} "
        f"near misses, {len(failures)} failures"
    )
    if failures:
        print(*failures[:: max(1, len(failures) // 40)], sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
