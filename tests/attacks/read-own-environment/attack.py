def attack():
    import os

    assert "AUTOGRADER_SECRET" in os.environ or any("SECRET" in key for key in os.environ)
    return True
