"""nbgrader looks for a file of this name; the settings are in course_config.py."""

c = get_config()  # noqa: F821  (traitlets puts it here)
load_subconfig("course_config.py")  # noqa: F821
