def attack():
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(abs, [1])
    return True
