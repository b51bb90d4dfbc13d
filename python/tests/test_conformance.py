"""hswish-conformance: its reference, what it finds in known formulas, and that
ours keep their promises for every f16 and bf16."""

import json
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("hswish_bench._numerics", reason="built without HSWISH_BUILD_PYTHON")

from hswish_bench import _numerics, conformance
from hswish_bench.conformance import codes, cost, implementations, numbers
from hswish_bench.conformance.implementations import Formula, Hswish, HswishProcess

FIXED = {name: Formula(name, function) for name, function in implementations.FORMULAS.items()}


def nearest(value, digits, least):
    """The nearest float, by fractions."""
    if value == 0:
        return 0.0
    exponent = abs(value).numerator.bit_length() - value.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > abs(value)
    quantum = Fraction(2) ** max(exponent - digits + 1, least)
    return float(round(value / quantum) * quantum)


REAL = {
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / Fraction(6),
    "hard_swish_grad": lambda x: Fraction(0) if x <= -3 else Fraction(1) if x >= 3 else (2 * x + 3) / 6,
    "hard_sigmoid_grad": lambda x: Fraction(0) if abs(x) >= 3 else Fraction(1, 6),
}


@pytest.mark.parametrize("op", conformance.OPS)
@pytest.mark.parametrize("dtype, digits, least", [("f32", 24, -149), ("f16", 11, -24), ("bf16", 8, -133)])
def test_the_reference_knows_the_nearest_float(op, dtype, digits, least):
    x = numbers.sample()[:3000] if dtype == "f32" else np.arange(0, 1 << 16, 31, dtype=np.uint16)
    x = x.view(numbers.DTYPES[dtype])
    # Ties: of subnormals, and of numbers with few digits.
    x = np.concatenate(
        [
            x,
            numbers.encode([k * 2.0**least for k in range(-9, 9)], dtype),
            numbers.encode([k / 64 for k in range(-200, 200)], dtype),
        ]
    )
    x = x[np.isfinite(numbers.decode(x, dtype))]
    y = [nearest(REAL[op](Fraction(float(v))), digits, least) for v in numbers.decode(x, dtype)]
    y = numbers.encode(y, dtype)

    def measure(y):
        statistics = _numerics.Statistics()
        ends = conformance.sweep.kink_values(op, "outer")
        call = getattr(_numerics, f"measure_{dtype}")
        call(statistics, conformance.OPS.index(op), *ends, numbers.bits(x), numbers.bits(y), np.zeros(10), -4.0, 4.0)
        return statistics

    right = measure(y)
    assert (right.count, right.wrong) == (len(x), 0) and right.max_ulp <= 0.5
    assert measure((numbers.bits(y) ^ 1).view(y.dtype)).wrong == len(x)


def test_known_formulas():
    found = {name: conformance.examine(f, "hard_swish", "f32") for name, f in FIXED.items()}
    assert found["x*(r6(x+3)*S)"].max_ulp < 2.5 and found["x*(r6(x+3)*S)"].share_not_identity == 0
    assert found["x*r6(x+3)/6"].max_ulp < 1.95 and found["x*r6(x+3)/6"].infinite > 0
    cancels = found["x*clip(x*S+.5)"]
    assert cancels.max_ulp > 4e6 and cancels.worst_x == -3 + 2**-22
    assert found["(x*S)*r6(x+3)"].share_not_identity > 0.3
    assert all(result.parts == "same" and result.values["-inf"] == "nan" for result in found.values())


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("op", conformance.OPS)
def test_exact_is_exact_for_every_half(op, dtype):
    for kink in numbers.KINKS if op.endswith("grad") and dtype == "f16" else ["outer"]:
        result = conformance.examine(Hswish("exact", kink=kink), op, dtype)
        assert result.is_complete and result.share_not_nearest == 0 and result.keeps_promise, result
    if op == "hard_swish":
        assert result.values["-inf"] == "-0.0" and result.below_minus_3 == "-0" and result.in_place == "same"


def test_exact_and_default_on_f32():
    exact = conformance.examine(Hswish("exact"), "hard_swish", "f32")
    assert exact.share_not_nearest == 0 and exact.keeps_promise and not exact.subnormals_flushed
    default = conformance.examine(Hswish("default"), "hard_swish", "f32")
    assert 1 < default.max_ulp <= 2.5 and default.keeps_promise and default.share_not_identity == 0


@pytest.mark.parametrize("how", ["jit", "qemu"])
def test_processes(how):
    try:
        implementation = HswishProcess("exact", how)
    except ImportError as error:
        pytest.skip(str(error))
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    with np.errstate(all="ignore"):
        assert np.array_equal(implementation.run("hard_swish", x), Hswish("exact").run("hard_swish", x), equal_nan=True)


class WrongTail:
    """Right in blocks of 16, another order of operations in the rest."""

    name, ops, dtypes = "wrong tail", ("hard_swish",), ("f32",)

    def run(self, op, x):
        y, rest = FIXED["x*(r6(x+3)*S)"].run(op, x), len(x) // 16 * 16
        y[rest:] = FIXED["x*clip(x*S+.5)"].run(op, x[rest:])
        return y

    def promise(self, op, dtype):
        return 1e9


def test_a_wrong_tail_is_found():
    result = conformance.examine(WrongTail(), "hard_swish", "f32")
    assert "length" in result.parts and not result.keeps_promise


PLUGIN = """
import numpy as np

class {name}:
    name, ops, dtypes = "mine", ("hard_swish",), ("f16",)

    def run(self, op, x):
        return (x.astype(np.float64) * np.clip(x.astype(np.float64) + 3, 0, {six}) / 6).astype(np.float16)

    def promise(self, op, dtype):
        return 1.0
"""


def test_the_command(tmp_path, capsys):
    plugin = tmp_path / "mine.py"
    plugin.write_text(PLUGIN.format(name="Mine", six="6"))
    files = [
        f"--{kind}={tmp_path / name}" for kind, name in [("json", "r.json"), ("markdown", "r.md"), ("plot", "r.svg")]
    ]
    assert conformance.main([f"--plugin={plugin}:Mine", *files]) == 0
    assert "mine" in capsys.readouterr().out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report[0]["inputs"] == 63488 and report[0]["values"]["3"] == "3.0" and len(report[0]["profile"]) > 100
    assert "| mine | f16 | hard_swish |" in (tmp_path / "r.md").read_text()
    assert (tmp_path / "r.svg").stat().st_size > 1000

    plugin.write_text(PLUGIN.format(name="Mine", six="5.99"))
    assert conformance.main([f"--plugin={plugin}:Mine"]) == 1
    assert "BREAKS ITS PROMISE" in capsys.readouterr().out
    assert conformance.main(["--list"]) == 0
    assert "hswish exact, aarch64" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--only=nobody"], ["--plugin=none.py:X"], ["--plugin=x"]])
def test_bad_arguments(arguments):
    with pytest.raises(SystemExit, match="hswish-conformance: "):
        conformance.main(arguments)


def test_instructions_are_counted():
    assert (
        cost.count(".LBB0_1:\n\tvaddps\t(%rdi,%rax), %zmm0, %zmm1\n\tvmovups\t%zmm1, (%rsi,%rax)\n\tjne\t.LBB0_1\n", 16)
        == 1
    )
    counts = {op: cost.count_for(op) for op in ("relu6", "hard_swish default")}
    assert counts["relu6"]["x86-64-v3"] == 2 and counts["hard_swish default"]["x86-64-v3"] == 5


@pytest.mark.parametrize("semantics", codes.SEMANTICS)
def test_codes(semantics):
    implementation = codes.Hswish(semantics)
    for op in implementation.ops:
        for kind in codes.KINDS:
            result = codes.examine(implementation, op, kind, count=12)
            assert result.keeps_promise and result.share_not_formula == 0, result
            assert result.max_steps <= (0.5 if semantics == "exact" else 1), result
            assert semantics != "exact" or result.share_not_nearest == 0, result


class WrongEntry(codes.Hswish):
    """Right but for one code of one table."""

    def run(self, quantizations):
        for i, y in enumerate(super().run(quantizations)):
            y = y.copy()
            if i == 3:
                y[77] ^= 1
            yield y


def test_a_wrong_entry_is_found():
    result = codes.examine(WrongEntry("tflite"), "hard_swish", "i8", count=4)
    assert result.share_not_formula == 1 / 1024 and not result.keeps_promise


def test_codes_from_the_command_line(capsys, tmp_path):
    arguments = ["--codes", "3", "--only", "hswish qnnpack", "--op", "hard_sigmoid"]
    assert conformance.main([*arguments, "--json", str(tmp_path / "codes.json")]) == 0
    assert capsys.readouterr().out.count("hard_sigmoid") == 2
    found = json.loads((tmp_path / "codes.json").read_text())
    assert [result["kind"] for result in found] == ["i8", "ui8"] and all(result["keeps_promise"] for result in found)
    conformance.main(["--codes", "--list"])
    assert "litert" in capsys.readouterr().out
