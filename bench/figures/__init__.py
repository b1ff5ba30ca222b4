"""What is measured. Each figure compares within one run: ours and the peer take turns."""

from bench.figures.answers import answers
from bench.figures.connects import connects
from bench.figures.crowd import crowd
from bench.figures.fan_out import fan_out, growth
from bench.figures.nginx import through_nginx
from bench.figures.pages import pages, posting
from bench.figures.views import views
from bench.figures.writing import writing

__all__ = [
    "answers", "connects", "crowd", "fan_out", "growth", "pages", "posting",
    "through_nginx", "views", "writing",
]  # fmt: skip
