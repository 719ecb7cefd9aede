def attack():
    import os

    found = [open(f"/proc/{p}/cwd/course_config.py").read() for p in range(1, 5) if os.path.exists(f"/proc/{p}/cwd/course_config.py")]
    assert found
    return True
