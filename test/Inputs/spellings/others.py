"""What no builder writes: constants that are no splat, shapes that grow, swish."""

from .case import Case
from .forms import SWISH

# name -> (the function, what is found).
OTHERS = {
    # Constants that are no splat, shapes that grow, integers.
    "per_channel": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %c3 = arith.constant dense<[3.0, 3.0, 3.0, 2.0]> : tensor<4xf32>
        %c0 = arith.constant dense<0.0> : tensor<4xf32>
        %c6 = arith.constant dense<6.0> : tensor<4xf32>
        %0 = arith.addf %x, %c3 : tensor<4xf32>
        %1 = arith.maximumf %0, %c0 : tensor<4xf32>
        %2 = arith.minimumf %1, %c6 : tensor<4xf32>
        %3 = arith.mulf %x, %2 : tensor<4xf32>
        %4 = arith.divf %3, %c6 : tensor<4xf32>
        return %4 : tensor<4xf32>
        }""",
        {},
    ),
    "written_out_splat": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %c3 = arith.constant dense<[3.0, 3.0, 3.0, 3.0]> : tensor<4xf32>
        %c0 = arith.constant dense<0.0> : tensor<4xf32>
        %c6 = arith.constant dense<"0x0000C0400000C0400000C0400000C040"> : tensor<4xf32>
        %0 = arith.addf %x, %c3 : tensor<4xf32>
        %1 = arith.maximumf %0, %c0 : tensor<4xf32>
        %2 = arith.minimumf %1, %c6 : tensor<4xf32>
        %3 = arith.mulf %x, %2 : tensor<4xf32>
        %4 = arith.divf %3, %c6 : tensor<4xf32>
        return %4 : tensor<4xf32>
        }""",
        {SWISH: 1},
    ),
    "broadcast": (
        """func.func @NAME(%x: tensor<1x8xf32>) -> tensor<4x8xf32> {
        %c3 = "tosa.const"() <{values = dense<3.0> : tensor<4x8xf32>}> : () -> tensor<4x8xf32>
        %c6 = "tosa.const"() <{values = dense<0.166666672> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.add %x, %c3 : (tensor<1x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
        %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4x8xf32>) -> tensor<4x8xf32>
        %2 = tosa.mul %x, %1, %s : (tensor<1x8xf32>, tensor<4x8xf32>, tensor<1xi8>) -> tensor<4x8xf32>
        %3 = tosa.mul %2, %c6, %s : (tensor<4x8xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x8xf32>
        return %3 : tensor<4x8xf32>
        }""",
        {},
    ),
    "integers": (
        """func.func @NAME(%x: tensor<4xi32>) -> tensor<4xi32> {
        %c3 = arith.constant dense<3> : tensor<4xi32>
        %c0 = arith.constant dense<0> : tensor<4xi32>
        %c6 = arith.constant dense<6> : tensor<4xi32>
        %0 = arith.addi %x, %c3 : tensor<4xi32>
        %1 = arith.maxsi %0, %c0 : tensor<4xi32>
        %2 = arith.minsi %1, %c6 : tensor<4xi32>
        %3 = arith.muli %x, %2 : tensor<4xi32>
        %4 = arith.divsi %3, %c6 : tensor<4xi32>
        return %4 : tensor<4xi32>
        }""",
        {},
    ),
    "swish_reciprocal": (
        """func.func @NAME(%x: f32) -> f32 {
        %c1 = arith.constant 1.0 : f32
        %0 = arith.negf %x : f32
        %1 = math.exp %0 : f32
        %2 = arith.addf %c1, %1 : f32
        %3 = arith.divf %x, %2 : f32
        return %3 : f32
        }""",
        {"swish": 1},
    ),
    "swish_tosa": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
        %1 = tosa.mul %0, %x, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
        return %1 : tensor<4xf32>
        }""",
        {"swish": 1},
    ),
    "swish_of_other": (
        """func.func @NAME(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
        %1 = tosa.mul %0, %y, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
        return %1 : tensor<4xf32>
        }""",
        {},
    ),
}


def generate_others():
    for name, (text, found) in OTHERS.items():
        name = f"other.{name}"
        has_remark = name != "other.swish_of_other"
        yield Case(name, text.replace("NAME", name), found, False, has_remark=has_remark)
