"""What surrounds the compiler hswish, and nobody needs who only compiles.

- `networks`: networks to compile, with seeded weights
- `benchmark`: speed, side by side with other runtimes (`hswish-bench`)
- `conformance`: what implementations of h-swish compute (`hswish-conformance`)
- `reference`: answers, inputs and errors to compare with
- `plotting`: the picture of h-swish beside swish

`networks` and `reference` do not import hswish: what they write is for any compiler.
"""

__all__ = ["benchmark", "conformance", "networks", "plotting", "reference"]
__version__ = "0.1.0"
