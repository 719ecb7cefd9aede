"""nbgrader looks for a file of this name; the settings are in course_config.py."""

from autograder.nbgrader_settings import find_programs

c = get_config()  # noqa: F821  (traitlets puts it here)
load_subconfig("course_config.py")  # noqa: F821

# In an environment that is not activated, nbgrader's commands would not find one of their own programs.
find_programs()
