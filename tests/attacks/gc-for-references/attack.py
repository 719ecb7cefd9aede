def attack():
    import gc, types

    names = {f.__module__ for f in gc.get_objects() if isinstance(f, types.FunctionType)}
    assert any(name and "reference" in name for name in names)
    return True
