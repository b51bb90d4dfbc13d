"""Modes `threads` and `batch`: the networks with more than one of each."""

from dataclasses import replace

from . import models, report
from .compare import compare


class Threads:
    TITLE = "Threads"
    HELP = "the networks on --threads cores"

    @staticmethod
    def run(context):
        rows = []
        for case in models.networks(context.models, context.folder):
            for threads in context.threads:
                settings = replace(context.settings, threads=threads)
                found = compare(replace(case, name=f"{case.name}, {threads} threads"), context, settings)
                rows += [row | {"threads": threads} for row in found]
        return rows

    @staticmethod
    def table(rows):
        return report.times_table(rows)


class Batch:
    TITLE = "Batch"
    HELP = "the networks on --batches pictures at a time"

    @staticmethod
    def run(context):
        rows = []
        for batch in context.batches:
            for case in models.networks(context.models, context.folder, batch=batch):
                found = compare(replace(case, name=f"{case.name}, batch {batch}"), context)
                rows += [row | {"batch": batch} for row in found]
        return rows

    @staticmethod
    def table(rows):
        return report.times_table(rows)
