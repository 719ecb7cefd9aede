def attack():
    import glob, os

    places = [
        "note",
        "../autograder-note",
        "../*/note",
        "../*/autograder-note",
        "/tmp/autograder-note",
        "/dev/shm/autograder-note",
        os.path.expanduser("~/autograder-note"),
    ]
    return any(glob.glob(place) for place in places)
