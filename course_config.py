"""Settings of the course: nbgrader reads its own sections, and `autograder` reads `c.Autograder`."""

from autograder.nbgrader_settings import run_engine_inside

c = get_config()  # noqa: F821  (traitlets puts it here)

c.CourseDirectory.course_id = "threes-and-sevens"

# What stands in place of an answer in the students' notebooks, whether `autograder build` or nbgrader makes them.
stub = 'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")'
c.Autograder.stub = stub
c.ClearSolutions.code_stub = {"python": stub}
c.ClearSolutions.text_stub = "*Write your answer here.*"

run_engine_inside(c)  # in nbgrader's own commands and behind the formgrader's buttons

# c.Autograder.device = "auto"       # where answers are run besides the CPU: auto, cpu, simulated, cuda, mps, xpu
# c.Autograder.device_memory = 2 << 30   # bytes of a real accelerator that one submission may take
# c.Autograder.seed = 7              # of every random input; the same for all students
# c.Autograder.call_seconds = 10.0   # CPU time of one call
# c.Autograder.memory = 3 << 30      # bytes beyond what torch needs

# c.Autograder.points = {"mnist_distance": 4}                          # where they differ from the source notebook's
# c.Autograder.deadlines = {"02-pixel-similarity": "2026-11-30 23:59"} # else the due date that the formgrader keeps
# c.Autograder.timezone = "Europe/Berlin"                              # of deadlines; UTC unless told
# c.Autograder.late_grace_minutes = 15
# c.Autograder.late_percent_per_day = 10                               # of the marks earned, for each started day
# c.Autograder.late_percent_most = 50
