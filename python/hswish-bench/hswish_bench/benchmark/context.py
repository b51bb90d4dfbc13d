"""What all modes of one call of the benchmark share."""

import itertools
from dataclasses import dataclass, field, replace

from .peers import Settings, ours


@dataclass
class Context:
    machine: dict
    peers: dict  # name -> module
    settings: Settings
    seconds: float = 3.0  # for each case
    tolerance: float = 1e-4  # of the output's range
    accuracies: list = field(default_factory=lambda: [""])
    targets: list = field(default_factory=lambda: ["host"])
    weights: list = field(default_factory=lambda: [""])
    models: list = field(default_factory=list)
    spellings: list = field(default_factory=lambda: ["op"])
    threads: list = field(default_factory=lambda: [1, 2])
    batches: list = field(default_factory=lambda: [1, 8])
    sizes: list = field(default_factory=list)
    wanted: list | None = None  # names of peers, None for all
    before: str = ""  # the folder of another build's tools, to compare with

    @property
    def folder(self):
        return self.settings.folder

    def variants(self, settings):
        """Ways to compile with hswish, by the name that tables call them."""
        found = {}
        for target, accuracy, weights in itertools.product(self.targets, self.accuracies, self.weights):
            special = [text for text in (target, accuracy) if text not in ("host", "default", "")]
            if weights not in ("f32", ""):
                special.append(f"{weights} weights")
            variant = replace(settings, target=target, accuracy=accuracy, weights=weights)
            found[" ".join([ours.NAME, *special])] = variant
            if self.before:
                found[" ".join([ours.NAME, *special, "before"])] = replace(variant, tools=self.before)
        return found
