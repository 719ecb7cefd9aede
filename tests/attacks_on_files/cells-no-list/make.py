"""The cells are a text."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps({**right, "cells": "all right"}))
