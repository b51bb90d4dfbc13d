"""Sums the reports of all test runners up in one closing line."""

import json
import pathlib
import sys
from xml.etree import ElementTree


def count_lit(path):
    codes = [test["code"] for test in json.loads(path.read_text())["tests"]]
    skipped = sum(code in ("UNSUPPORTED", "SKIPPED", "EXCLUDED") for code in codes)
    passed = sum(code in ("PASS", "XFAIL", "FLAKYPASS") for code in codes)
    return passed, len(codes) - passed - skipped, skipped


def count_gtest(path):
    report = json.loads(path.read_text())
    results = [test.get("result") for suite in report["testsuites"] for test in suite["testsuite"]]
    skipped = results.count("SKIPPED") + results.count("SUPPRESSED")
    failed = report["failures"] + report["errors"]
    return report["tests"] - failed - skipped, failed, skipped


def count_pytest(path):
    totals = [0, 0, 0]
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        tests, failures, errors, skipped = (
            int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
        )
        totals = [totals[0] + tests - failures - errors - skipped, totals[1] + failures + errors, totals[2] + skipped]
    return tuple(totals)


def count_lines(path):
    words = [line.split()[0] for line in path.read_text().splitlines() if line]
    return words.count("ok"), words.count("failed"), words.count("skipped")


# runner -> (report, how to count it)
RUNNERS = {
    "lit": ("lit.json", count_lit),
    "unit": ("unit.json", count_gtest),
    "python": ("python.xml", count_pytest),
    "format": ("format.txt", count_lines),
    "package": ("package.txt", count_lines),
    "tidy": ("tidy.txt", count_lines),
}


def main():
    directory, *wanted = sys.argv[1:]
    sums = (0, 0, 0)
    for name in wanted:
        file, count = RUNNERS[name]
        try:
            counts = count(pathlib.Path(directory) / file)
        except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
            print(f"{name}: no usable report: {error}")
            counts = (0, 1, 0)
        print(f"{name:8} {counts[0]:5} passed {counts[1]:4} failed {counts[2]:4} skipped")
        sums = tuple(map(sum, zip(sums, counts, strict=True)))
    print(f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main())
