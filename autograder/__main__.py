"""`python -m autograder`: the same as the command `autograder`."""

from autograder.commands.app import app

app()
