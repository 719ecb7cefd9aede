def attack():
    open(f"/proc/{GRADER_PID}/environ", "rb").read()
    return True
