"""Mode `layers`: each distinct layer of the networks alone, hot in the caches.

Every runtime gets the same single layer, twice: in NCHW as ONNX has it, and with
transpositions from and to NHWC around it, which a runtime that works in NHWC
removes. The faster of the two counts: nobody pays for the layout of the other.
"""

from ..networks import NETWORKS
from . import models, report
from .compare import compare

TITLE = "Layers"
HELP = "each distinct layer of the networks alone"


def run(context):
    rows = []
    for network in context.models:
        if network not in NETWORKS:
            raise SystemExit(f"layers: {network} is not one of {', '.join(NETWORKS)}")
        for case in models.layers(network, context.folder):
            rows += [row | {"network": network} for row in compare(case, context)]
    return rows


def table(rows):
    parts = []
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        parts.append(f"**{network}**\n\n{report.layers_table(own)}")
    return "\n".join(parts)
