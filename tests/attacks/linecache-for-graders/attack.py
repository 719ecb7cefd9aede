def attack():
    import linecache

    assert any(
        "expect(" in "".join(lines[2] or [])
        for lines in linecache.cache.values()
        if len(lines) == 4 and "attack" not in "".join(lines[2] or [])
    )
    return True
