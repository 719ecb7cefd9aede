def attack():
    open(f"/proc/{GRADER_PID}/mem", "rb").read(1)
    return True
