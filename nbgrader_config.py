"""nbgrader looks for a file of this name; the settings are in course_config.py."""

from autograder.nbgrader_settings import find_programs

c = get_config()  # noqa: F821  (traitlets puts it here)
load_subconfig("course_config.py")  # noqa: F821

find_programs()  # nbgrader's commands, called by their path in an environment that is not activated, look for one of their programs
