"""Random ONNX graphs, compiled in all ways and compared with what they mean.

`operators` has a row for each operator: how to draw its operands and attributes.
`generate` makes graphs of them, `oracle` computes what they give and how far a
right answer may be from that, `execute` runs compiled libraries between guard
pages, `check` judges one graph in a process of its own, `reduce` makes findings
small. `python -m graphfuzz --help` (or `tools/fuzz-graphs --help`) is the command.
docs/decisions/0024-what-is-right-of-random-graphs.md says why it is done so.
"""
