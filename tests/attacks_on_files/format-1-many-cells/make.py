"""A notebook of format 1 with a hundred thousand cells."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    cells = ",".join(['{"cell_type": "code", "input": "a"}'] * 100_000)
    path.write_text('{"nbformat": 1, "cells": [' + cells + "]}")
