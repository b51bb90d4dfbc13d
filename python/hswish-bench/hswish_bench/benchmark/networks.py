"""Mode `networks`: whole networks, one picture at a time, one thread."""

from . import models, report
from .compare import compare

TITLE = "Networks"
HELP = "whole networks, in each --spelling of h-swish"


def run(context):
    cases = models.networks(context.models, context.folder, context.spellings)
    return [row for case in cases for row in compare(case, context)]


def table(rows):
    return report.times_table(rows)
