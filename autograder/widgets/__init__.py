"""What notebooks show interactively: a descent with a slider, computation graphs, a pad to draw a digit on.

Importing this loads neither ipywidgets nor anywidget nor matplotlib. Without the first two a still picture takes the
place of a slider, and a picture file that of the pad.
"""

from .descent import descent
from .graph import draw_chain, draw_graph
from .pad import DrawingPad

__all__ = ["DrawingPad", "descent", "draw_chain", "draw_graph"]
