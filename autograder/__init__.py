"""The engine of an auto-graded course: student notebooks on one side of a wall, graders and answer key on the other."""

__version__ = "0.1.0"
