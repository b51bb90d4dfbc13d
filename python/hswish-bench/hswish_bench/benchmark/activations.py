"""Mode `activations`: what h-swish costs in its network, as the MobileNetV3
paper asks it (its table of ReLU, h-swish and swish by latency).

The network is written once with each activation in the place of h-swish. A whole
network cannot resolve a per cent, so libraries that take the time of each layer
also give the sum over those layers that h-swish is fused into. All of them take
turns in one process."""

import statistics

from . import models, profile, report, timing
from .peers import ours

TITLE = "Activation cost"
HELP = "the networks with h-swish, relu6, swish or nothing in its place"
ACTIVATIONS = {"relu6": "relu6", "h-swish": "hard_swish", "none": None, "swish": "swish"}


def _build(network, context):
    """(activation, accuracy) -> profiled model of `network`."""
    found, marked = {}, set(models.activated_layers(network))
    for title, activation in ACTIVATIONS.items():
        (case,) = models.networks([network], context.folder, activation=activation, batch_norm="folded")
        for name, settings in context.variants(context.settings).items():
            if title != "h-swish" and settings.accuracy != context.accuracies[0]:
                continue  # the others have no accuracy to choose
            label = f"{title}{name.removeprefix(ours.NAME)}"
            found[label] = profile.ProfiledModel(case.paths[""], settings)
            # Nodes have other names where activations are other nodes.
            places = models.layer_places(case.paths[""])
            found[label].select({name for name, place in places.items() if place in marked})
    return found


def _recording(model, samples):
    def run():
        model.run()
        samples.append(model.layer_times())

    return run


def run(context):
    rows = []
    for network in context.models:
        variants = _build(network, context)
        samples = {label: [] for label in variants}

        runs = {label: _recording(model, samples[label]) for label, model in variants.items()}
        times = timing.measure(runs, context.seconds * 4, label=network)
        for label in variants:
            medians = [statistics.median(column) for column in zip(*samples[label])]
            rows.append(
                {
                    "case": network,
                    "runtime": label,
                    "status": "ok",
                    "layers_ms": sum(medians) / 1e6,
                    "layers": len(medians),
                    **times[label].as_dict(),
                }
            )
        base = next(row for row in rows if row["case"] == network and row["runtime"].startswith("relu6"))
        for row in rows:
            if row["case"] == network:
                row["ratio"] = row["median_ms"] / base["median_ms"]
                row["layers_ratio"] = row["layers_ms"] / base["layers_ms"]
    return rows


def table(rows):
    header = ["network", "activation", "network, ms", "of relu6", "its layers, ms", "of relu6"]
    body = [
        [row["case"], row["runtime"], f"{row['median_ms']:.3f}", f"{row['ratio']:.3f}"]
        + [f"{row['layers_ms']:.3f}", f"{row['layers_ratio']:.3f}"]
        for row in rows
    ]
    return report.markdown(header, body)
