"""Settings of the course, for nbgrader and for the engine alike: nbgrader reads its own sections, `autograder` reads `c.Autograder`."""

c = get_config()  # noqa: F821  (traitlets puts it here)

c.CourseDirectory.course_id = "threes-and-sevens"

# What stands in place of an answer in the students' notebooks, whether `autograder build` or nbgrader makes them.
stub = 'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")'
c.Autograder.stub = stub
c.ClearSolutions.code_stub = {"python": stub}
c.ClearSolutions.text_stub = "*Write your answer here.*"

# nbgrader's own commands, and the formgrader's buttons, with the engine inside. Strings, since the formgrader sends its settings as JSON.
c.GenerateAssignment.preprocessors = [
    "autograder.nbgrader_steps.CourseCells",
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "autograder.nbgrader_steps.LastStep",
]
c.Autograde.exporter_class = "autograder.nbgrader_steps.AutogradeExporter"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = []
c.Autograde.pre_convert_hook = "autograder.nbgrader_steps.take_renamed"
c.GenerateFeedback.exporter_class = "autograder.nbgrader_steps.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

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
