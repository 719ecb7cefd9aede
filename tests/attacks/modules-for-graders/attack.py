def attack():
    import sys

    assert any("test_pixel" in name or name in ("pytest", "nbgrader", "solutions") for name in sys.modules)
    return True
